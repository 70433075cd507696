package event

// PaymentPrefix begins the type of every event about a payment's status.
const PaymentPrefix = "payment."

// The types of events: the one list of them. A payment makes its own by
// [payment.Happened]; a test there finds what is missing here, or too much.
const (
	PaymentProcessing     = PaymentPrefix + "processing"
	PaymentActionRequired = PaymentPrefix + "action_required"
	PaymentAuthorized     = PaymentPrefix + "authorized"
	PaymentCaptured       = PaymentPrefix + "captured"
	PaymentDeclined       = PaymentPrefix + "declined"
	PaymentFailed         = PaymentPrefix + "failed"
	PaymentCanceled       = PaymentPrefix + "canceled"
	PaymentVoided         = PaymentPrefix + "voided"

	// AttemptDeclined is told when a try was declined and the customer may try
	// again; the payment itself is back to created.
	AttemptDeclined = "attempt.declined"

	CaptureSucceeded = "capture.succeeded"
	CaptureFailed    = "capture.failed"
	VoidSucceeded    = "void.succeeded"
	VoidFailed       = "void.failed"
	RefundSucceeded  = "refund.succeeded"
	RefundFailed     = "refund.failed"

	DisputeOpened      = "dispute.opened"
	DisputeUnderReview = "dispute.under_review"
	DisputeWon         = "dispute.won"
	DisputeLost        = "dispute.lost"

	// The types about a payout. All others are about a payment.
	PayoutCreated = "payout.created"
	PayoutPaid    = "payout.paid"
)

// Types lists every type, in the order of a payment's life.
func Types() []string { return append(Steps(), Later()...) }

// Steps lists the types of events that may come until a payment is decided.
func Steps() []string {
	return []string{
		PaymentProcessing, PaymentActionRequired, PaymentAuthorized, PaymentCaptured, PaymentDeclined, PaymentFailed, PaymentCanceled, PaymentVoided,
		AttemptDeclined,
	}
}

// Later lists the types of events that may follow an approval.
func Later() []string {
	return []string{
		CaptureSucceeded, CaptureFailed, VoidSucceeded, VoidFailed, RefundSucceeded, RefundFailed,
		DisputeOpened, DisputeUnderReview, DisputeWon, DisputeLost, PayoutCreated, PayoutPaid,
	}
}
