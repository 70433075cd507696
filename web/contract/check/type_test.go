package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/audit"
	"sandbank/broker/wire"
	"sandbank/event"
	"sandbank/fault"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/processor"
	"sandbank/processor/routing"
	"sandbank/settlement"
	"sandbank/sim"
	"sandbank/web/api"
	"sandbank/web/contract"
	"sandbank/web/gate"
	"sandbank/web/stream"
	"sandbank/webhook"
)

// onHTTP and onAMQP are the Go types that leave or enter the process, with the
// schema of each.
var onHTTP = map[string]any{
	"NewPayment":            api.NewPayment{},
	"NewCapture":            api.NewCapture{},
	"NewRefund":             api.NewRefund{},
	"OperationList":         api.OperationList{},
	"TranscriptLine":        processor.TranscriptLine{},
	"PaymentPage":           api.KeptPage[payment.Resource]{},
	"DisputePage":           api.KeptPage[payment.DisputeResource]{},
	"DisputeEvidence":       api.Evidence{},
	"PayoutPage":            api.Page[settlement.PayoutResource]{},
	"PayoutList":            api.PayoutList{},
	"Item":                  settlement.Item{},
	"ItemPage":              api.KeptPage[settlement.Item]{},
	"Settlement":            settlement.Settlement{},
	"SettlementPage":        api.KeptPage[settlement.Settlement]{},
	"Break":                 settlement.Break{},
	"BreakPage":             api.Page[settlement.Break]{},
	"BreakList":             api.BreakList{},
	"WriteOff":              api.WriteOff{},
	"AccountBalance":        api.AccountBalance{},
	"BalanceList":           api.BalanceList{},
	"Trial":                 api.Trial{},
	"TrialBalance":          api.TrialBalance{},
	"Entry":                 api.EntryResource{},
	"EntryPage":             api.KeptPage[api.EntryResource]{},
	"Posting":               ledger.Posting{},
	"Position":              settlement.Position{},
	"BreakSum":              settlement.BreakSum{},
	"Reconciliation":        api.Reconciliation{},
	"SimulatedBank":         api.Command{},
	"BankState":             api.BankState{},
	"PlantedBreaks":         api.Plants{},
	"SettlementBreak":       wire.Plant{},
	"BankTemper":            wire.Temper{},
	"NewDispute":            api.NewDispute{},
	"Decision":              api.Decision{},
	"Bank":                  routing.Bank{},
	"BankList":              api.BankList{},
	"EventPage":             api.EventPage{},
	"AuditPage":             api.KeptPage[audit.Sealed]{},
	"SealedAudit":           audit.Sealed{},
	"AuditRecord":           audit.Record{},
	"AuditActor":            audit.Actor{},
	"NewWebhookEndpoint":    api.NewEndpoint{},
	"WebhookEndpoint":       api.EndpointResource{},
	"WebhookEndpointList":   api.EndpointList{},
	"WebhookEndpointChange": api.EndpointChange{},
	"WebhookDelivery":       api.DeliveryResource{},
	"WebhookDeliveryPage":   api.KeptPage[api.DeliveryResource]{},
	"WebhookAttempt":        api.DeliveryAttempt{},
	"WebhookRequest":        api.AttemptRequest{},
	"WebhookResponse":       api.AttemptResponse{},
	"WebhookResendFailed":   api.ResendFailed{},
	"WebhookResent":         api.Resent{},
	"Health":                api.Health{},
	"Problem":               gate.Problem{},
	"FieldError":            fault.Field{},
	"Payment":               payment.Resource{},
	"Attempt":               payment.AttemptResource{},
	"BankReference":         payment.BankReference{},
	"Links":                 payment.Links{},
	"Operation":             payment.OperationResource{},
	"Dispute":               payment.DisputeResource{},
	"Payout":                settlement.PayoutResource{},
	"PayoutShare":           ledger.Share{},
	"PayoutLinks":           settlement.PayoutLinks{},
	"Reason":                reason.Reason{},
	"NewSimulation":         sim.Wish{},
	"NewSimulatedAct":       sim.WishedAct{},
	"NewSimulatedAnswers":   sim.WishedBank{},
	"NewSimulatedFollowUp":  sim.WishedFollowUp{},
	"NewSimulatedEnding":    sim.WishedEnding{},
	"NewSimulatedDispute":   sim.WishedDispute{},
	"NewSimulatedDelivery":  sim.WishedDelivery{},
	"Why":                   reason.Why{},
	"Simulation":            sim.Plan{},
	"SimulatedAct":          sim.Act{},
	"SimulatedAnswers":      sim.Bank{},
	"SimulatedFollowUp":     sim.FollowUp{},
	"SimulatedEnding":       sim.Ending{},
	"SimulatedDispute":      sim.Dispute{},
	"SimulatedDelivery":     sim.Delivery{},
	"Instrument":            instrument.Instrument{},
}

var onAMQP = map[string]any{
	"StreamNotice":      stream.Notice{},
	"BankRequest":       wire.Request{},
	"BankResult":        wire.Result{},
	"BankHealth":        wire.Health{},
	"BankClock":         wire.Clock{},
	"BankRest":          wire.Rest{},
	"BankCall":          wire.Call{},
	"BankControl":       wire.Controls{},
	"BankTemper":        wire.Temper{},
	"BankDispute":       wire.Dispute{},
	"Settlement":        wire.Settlement{},
	"SettlementLine":    wire.Line{},
	"SettlementBreak":   wire.Plant{},
	"BankOrder":         sim.Order{},
	"OlderAttempt":      sim.Older{},
	"Simulation":        sim.Plan{},
	"SimulatedAct":      sim.Act{},
	"SimulatedAnswers":  sim.Bank{},
	"SimulatedFollowUp": sim.FollowUp{},
	"SimulatedEnding":   sim.Ending{},
	"SimulatedDispute":  sim.Dispute{},
	"SimulatedDelivery": sim.Delivery{},
	"Why":               reason.Why{},
	"Instrument":        instrument.Instrument{},
	"Reason":            reason.Reason{},
	"Payment":           payment.Resource{},
	"Attempt":           payment.AttemptResource{},
	"BankReference":     payment.BankReference{},
	"Links":             payment.Links{},
	"Operation":         payment.OperationResource{},
	"Dispute":           payment.DisputeResource{},
	"Payout":            settlement.PayoutResource{},
	"PayoutShare":       ledger.Share{},
	"PayoutLinks":       settlement.PayoutLinks{},
}

// written are types that write their JSON themselves, or whose schema is an enum
// or pattern: their JSON type, or the schema's name.
var written = map[reflect.Type]string{
	reflect.TypeFor[money.Amount]():            "Money",
	reflect.TypeFor[api.NewAmount]():           "Money",
	reflect.TypeFor[time.Time]():               "string",
	reflect.TypeFor[json.RawMessage]():         "Event",
	reflect.TypeFor[money.Currency]():          "Currency",
	reflect.TypeFor[payment.Status]():          "PaymentStatus",
	reflect.TypeFor[instrument.Kind]():         "InstrumentKind",
	reflect.TypeFor[payment.Outcome]():         "Outcome",
	reflect.TypeFor[wire.RequestType]():        "RequestType",
	reflect.TypeFor[wire.Command]():            "BankCommand",
	reflect.TypeFor[wire.BreakKind]():          "SettlementBreakKind",
	reflect.TypeFor[wire.LineKind]():           "SettlementLineKind",
	reflect.TypeFor[money.Net]():               "SignedMoney",
	reflect.TypeFor[instrument.Behavior]():     "Behavior",
	reflect.TypeFor[payment.AttemptStatus]():   "AttemptStatus",
	reflect.TypeFor[payment.CaptureMode]():     "CaptureMode",
	reflect.TypeFor[payment.OperationStatus](): "OperationStatus",
	reflect.TypeFor[payment.DisputeStatus]():   "DisputeStatus",
	reflect.TypeFor[audit.Kind]():              "AuditActorKind",
	reflect.TypeFor[audit.Action]():            "AuditAction",
	reflect.TypeFor[audit.Outcome]():           "AuditOutcome",
	reflect.TypeFor[reason.Source]():           "RuleSource",
	reflect.TypeFor[sim.Action]():              "SimulatedAction",
	reflect.TypeFor[sim.When]():                "SimulatedWhen",
	reflect.TypeFor[sim.Outcome]():             "SimulatedOutcome",
	reflect.TypeFor[sim.Travel]():              "SimulatedTravel",
	reflect.TypeFor[processor.What]():          "TranscriptKind",
	reflect.TypeFor[sim.Way]():                 "SimulatedWay",
	reflect.TypeFor[webhook.Body]():            "WebhookBody",
	reflect.TypeFor[webhook.Signature]():       "WebhookSignatures",
	reflect.TypeFor[webhook.DeliveryStatus]():  "WebhookDeliveryStatus",
}

func TestTypes_HaveTheDescribedMembers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		doc   contract.Document
		types map[string]any
	}{{"openapi", contract.OpenAPI(), onHTTP}, {"asyncapi", contract.AsyncAPI(), onAMQP}} {
		schemas := at(t, tree(t, c.doc), "components", "schemas").(map[string]any)
		names := maps.Clone(written)
		for name, value := range c.types {
			names[reflect.TypeOf(value)] = name
		}
		for name, value := range c.types {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				schema, ok := schemas[name].(map[string]any)
				if !ok {
					t.Fatal("there is no such schema")
				}
				compare(t, reflect.TypeOf(value), schema, names)
			})
		}
	}
}

// compare holds a struct's members against a schema's, in both directions.
func compare(t *testing.T, of reflect.Type, schema map[string]any, names map[reflect.Type]string) {
	t.Helper()
	properties := schema["properties"].(map[string]any)
	var required []string
	have := map[string]bool{}
	for _, f := range reflect.VisibleFields(of) {
		if f.Anonymous { // its members are shown in the place of it
			continue
		}
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		have[name] = true
		if !strings.Contains(rest, "omitempty") && !strings.Contains(rest, "omitzero") {
			required = append(required, name)
		}
		property, ok := properties[name].(map[string]any)
		if !ok {
			t.Errorf("%s has %q, which is not described", of, name)
			continue
		}
		if complaint := mismatch(f.Type, property, names); complaint != "" {
			t.Errorf("the type %s and its schema disagree on %q: %s", of, name, complaint)
		}
	}
	for name := range properties {
		if !have[name] {
			t.Errorf("%q is described, and %s does not have it", name, of)
		}
	}
	var described []string
	if schema["required"] != nil {
		described = stringsOf(schema["required"])
	}
	if a, b := slices.Sorted(slices.Values(required)), slices.Sorted(slices.Values(described)); !slices.Equal(a, b) {
		t.Errorf("%s always has %v, and %v are required", of, a, b)
	}
}

// mismatch says how a Go type does not fit a schema, "" where it does.
func mismatch(of reflect.Type, schema map[string]any, names map[reflect.Type]string) string {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	ref, _ := schema["$ref"].(string)
	ref = strings.TrimPrefix(ref, "#/components/schemas/")
	if want, ok := names[of]; ok && want != "string" {
		if ref != want {
			return fmt.Sprintf("is described by %q, not by %q", ref, want)
		}
		return ""
	}
	if of == reflect.TypeFor[time.Time]() {
		if schema["format"] != "date-time" {
			return "is a time; the format must be date-time"
		}
		return ""
	}
	if of.Kind() == reflect.Interface {
		return "" // anything
	}
	want := map[reflect.Kind]string{
		reflect.String: "string", reflect.Int: "integer", reflect.Int64: "integer", reflect.Bool: "boolean",
		reflect.Float64: "number", reflect.Slice: "array", reflect.Map: "object",
	}[of.Kind()]
	switch {
	case want == "":
		return fmt.Sprintf("is a %s, for which no schema is known", of)
	case ref != "" && of.Kind() == reflect.String:
		return "" // a string with a name of its own, such as a BIC
	case schema["type"] != want:
		return fmt.Sprintf("is a %s, and described as %v", of, schema["type"])
	case of.Kind() == reflect.Slice:
		return mismatch(of.Elem(), schema["items"].(map[string]any), names)
	case of.Kind() == reflect.Map:
		return mismatch(of.Elem(), schema["additionalProperties"].(map[string]any), names)
	}
	return ""
}

func words[T ~string](list ...T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

func TestEnums_AreTheConstants(t *testing.T) {
	t.Parallel()
	var reasons, notified, final []string
	for _, r := range reason.All() {
		reasons = append(reasons, r.Code)
	}
	for _, s := range payment.Statuses() {
		if s.Notified() {
			notified = append(notified, string(s))
		}
		if s.Final() {
			final = append(final, string(s))
		}
	}
	want := map[string][]string{
		"PaymentStatus":         words(payment.Statuses()...),
		"AttemptStatus":         constantsOf(t, "payment", "AttemptStatus"),
		"Outcome":               constantsOf(t, "payment", "Outcome"),
		"InstrumentKind":        constantsOf(t, "payment/instrument", "Kind"),
		"Behavior":              constantsOf(t, "payment/instrument", "Behavior"),
		"RequestType":           constantsOf(t, "broker/wire", "RequestType"),
		"BankClockState":        constantsOf(t, "processor/routing", "ClockState"),
		"FaultReach":            constantsOf(t, "sim", "FaultReach"),
		"BankCommand":           constantsOf(t, "broker/wire", "Command"),
		"SettlementBreakKind":   constantsOf(t, "broker/wire", "BreakKind"),
		"ItemKind":              constantsOf(t, "settlement", "ItemKind"),
		"ItemState":             constantsOf(t, "settlement", "ItemState"),
		"SettlementStatus":      constantsOf(t, "settlement", "Status"),
		"BreakStatus":           constantsOf(t, "settlement", "BreakStatus"),
		"Side":                  constantsOf(t, "ledger", "Side"),
		"SettlementLineKind":    constantsOf(t, "broker/wire", "LineKind"),
		"ReasonCode":            reasons,
		"CaptureMode":           constantsOf(t, "payment", "CaptureMode"),
		"OperationStatus":       constantsOf(t, "payment", "OperationStatus"),
		"DisputeStatus":         constantsOf(t, "payment", "DisputeStatus"),
		"RuleSource":            words(reason.Sources()...),
		"SimulatedAction":       words(sim.Actions()...),
		"SimulatedOutcome":      words(sim.Outcomes(sim.Authorize)...),
		"TranscriptKind":        constantsOf(t, "processor", "What"),
		"SimulatedTravel":       words(sim.Travels(sim.Authorize)...),
		"SimulatedWay":          words(sim.Ways(sim.Webhook)...),
		"WebhookBody":           words(webhook.Bodies()...),
		"WebhookSignatures":     constantsOf(t, "webhook", "Signature"),
		"WebhookDeliveryStatus": constantsOf(t, "webhook", "DeliveryStatus"),
		"EventType":             event.Types(),
		"StreamNoticeType":      words(stream.Ready, stream.Reset, stream.Revoked),
	}
	seen := map[string]bool{}
	for _, doc := range []contract.Document{contract.OpenAPI(), contract.AsyncAPI()} {
		schemas := at(t, tree(t, doc), "components", "schemas").(map[string]any)
		for name, values := range want {
			schema, ok := schemas[name].(map[string]any)
			if !ok {
				continue
			}
			seen[name] = true
			if got := stringsOf(schema["enum"]); !slices.Equal(got, values) {
				t.Errorf("%s is %v, the constants are %v", name, got, values)
			}
		}
		status := schemas["PaymentStatus"].(map[string]any)
		if got := stringsOf(status["x-notified"]); !slices.Equal(got, notified) {
			t.Errorf("notified are %v, x-notified says %v", notified, got)
		}
		if got := stringsOf(status["x-final"]); !slices.Equal(got, final) {
			t.Errorf("final are %v, x-final says %v", final, got)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("of the enums only %v were found", slices.Sorted(maps.Keys(seen)))
	}
}

// The brands are not constants: they follow from the published numbers.
func TestEnums_BrandsAreThoseOfTheTestNumbers(t *testing.T) {
	t.Parallel()
	var brands []string
	for _, n := range append(instrument.Cards(), instrument.Accounts()...) {
		if !slices.Contains(brands, n.Brand) {
			brands = append(brands, n.Brand)
		}
	}
	for name, doc := range map[string]contract.Document{"Attempt": contract.OpenAPI(), "Instrument": contract.AsyncAPI()} {
		if got := stringsOf(at(t, tree(t, doc), "components", "schemas", name, "properties", "brand", "enum")); !slices.Equal(got, brands) {
			t.Errorf("%s: brands are %v, the test numbers have %v", name, got, brands)
		}
	}
}

// The tables of test numbers in the description are those of package instrument.
func TestDescription_ListsTheTestNumbers(t *testing.T) {
	t.Parallel()
	text := at(t, tree(t, contract.OpenAPI()), "info", "description").(string)
	rows := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| ") && strings.ContainsAny(line, "0123456789") {
			rows++
		}
	}
	cards, accounts := instrument.Cards(), instrument.Accounts()
	for _, n := range cards {
		if row := "| " + grouped(n.Number) + " | " + n.Brand + " | " + n.Says + " |"; !strings.Contains(text, row) {
			t.Errorf("this row is missing: %s", row)
		}
	}
	for _, n := range accounts {
		if row := "| " + grouped(n.Number) + " | " + n.Says + " |"; !strings.Contains(text, row) {
			t.Errorf("this row is missing: %s", row)
		}
	}
	if rows != len(cards)+len(accounts) {
		t.Errorf("there are %d rows for %d test numbers", rows, len(cards)+len(accounts))
	}
}

// grouped writes a number in groups of four.
func grouped(number string) string {
	var groups []string
	for chunk := range slices.Chunk([]byte(number), 4) {
		groups = append(groups, string(chunk))
	}
	return strings.Join(groups, " ")
}
