package object

// Identifiers are those of package alias with these prefixes, which are Stripe's.
const (
	IntentPrefix   = "pi_"
	SessionPrefix  = "cs_test_"
	ChargePrefix   = "ch_"
	RefundPrefix   = "re_"
	DisputePrefix  = "dp_"
	MethodPrefix   = "pm_"
	LinePrefix     = "li_"
	EventPrefix    = "evt_"
	EndpointPrefix = "we_"
)
