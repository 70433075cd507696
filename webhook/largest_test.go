package webhook

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sandbank/event"
	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

// far is an address with a long public URL.
type far struct{ base string }

func (f far) Payment(id string) string   { return f.base + "/v1/payments/" + id }
func (f far) Checkout(id string) string  { return f.base + "/pay/" + strings.Repeat("t", 60) }
func (f far) BankName(bic string) string { return "" }

// The largest payment that the rules allow makes an event that every channel can
// carry, in every form, with any texts, by any way in.
func TestLargestEvent_CanBeSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letter := rapid.SampledFrom([]string{"<", "😀", "\u2028", `"`, "\\", "é", "a"}).Draw(t, "letter")
		p := largest(t, letter)
		e := event.Event{
			ID: "evt_01890a5e-043c-7d1f-9a42-5be2f10c7a34", Type: "payment.action_required", Merchant: strings.Repeat("m", 100), Payment: p.ID,
			Sequence: 1 << 60, At: time.Date(2026, 11, 29, 12, 0, 0, 999999999, time.UTC),
		}
		var err error
		if e.Data, err = json.Marshal(p.Resource(far{"https://" + strings.Repeat("p", 250)})); err != nil {
			t.Fatal(err)
		}
		for _, b := range Bodies() {
			if n := len(b.Write(e)); n > event.MaxBody {
				t.Fatalf("%s of %q has %d bytes; %d are sent at most", b, letter, n, event.MaxBody)
			}
		}
	})
}

func text(letter string, n int) string { return strings.Repeat(letter, n) }

func largest(t *rapid.T, letter string) payment.Payment {
	now := time.Date(2026, 11, 29, 12, 0, 0, 123456789, time.UTC)
	said := func() *reason.Reason {
		long := text(letter, form.BankText.Max)
		return &reason.Reason{Code: text(letter, form.DisputeReason.Max), ISO8583: text("5", 10), ISO20022: text("M", 10), Message: long, Rule: long}
	}
	long := text(letter, form.BankText.Max)
	one := money.Must("0.01", "EUR")
	p := payment.Payment{
		ID: "pay_01890a5d-ac96-774b-bcce-b302099a8057", Merchant: "m", Status: payment.Authorized, Amount: money.Must("999999999999.99", "EUR"),
		Reference: text(letter, form.Reference.Max), Description: text(letter, form.Description.Max), ReturnURL: "https://a.example/?" + text("&", form.MaxURL-19),
		Metadata: map[string]string{}, FirstBank: "SANDNL2AXXX", Bank: "SANDNL2AXXX", BankName: text(letter, form.Name.Max), MaxAttempts: form.Attempts.Max,
		CreatedAt: now, UpdatedAt: now, ExpiresAt: now, AuthorizedUntil: now.Add(time.Hour), CaptureMode: payment.CaptureManual, Reason: said(),
		Attempts: []payment.Attempt{{
			Number: 1, Bank: "SANDNL2AXXX", Status: payment.AttemptApproved, RequestID: "req_1", StartedAt: now, DecidedAt: now, AuthorizationCode: long, BankReference: long, Reason: said(),
			Instrument: instrument.Instrument{Kind: instrument.Card, Brand: "mastercard", Last4: "4242"},
		}},
		Disputes: []payment.Dispute{{
			ID: "dp_01890a5d-ac96-774b-bcce-b302099a8057", Status: payment.DisputeWon, Amount: one, Fee: one, Reason: long, Rule: long, OpenedAt: now, RespondBy: now,
			Evidence: text(letter, form.Evidence.Max), EvidenceAt: now, DecidedAt: now,
		}},
	}
	for i := range form.MaxMetadata {
		p.Metadata[fmt.Sprint(i%10)+text(letter, form.MetadataKey.Max-2)+string(rune('a'+i/10))] = text(letter, form.MetadataValue.Max)
	}
	// As many operations as it takes, each asked for as a merchant does.
	begin := func(kind payment.OperationKind) bool {
		next, o, err := p.Begin(now, payment.Ask{
			ID: kind.Prefix() + "_01890a5d-ac96-774b-bcce-b302099a8057" + fmt.Sprint(len(p.Operations)), Kind: kind, Amount: one, Description: text(letter, form.Description.Max),
			RequestID: fmt.Sprint("req_", len(p.Operations)),
		})
		if err != nil {
			if fault.Code(err) != "too_many_operations" {
				t.Fatal(err)
			}
			return false
		}
		last := len(next.Operations) - 1
		o.Status, o.DecidedAt, o.BankReference, o.Reason = payment.OpFailed, now, long, said()
		if last == 0 {
			o.Status = payment.OpSucceeded // so that there is something to refund
		}
		next.Operations[last] = o
		p = next
		return true
	}
	begin(payment.OpCapture)
	for kinds := []payment.OperationKind{payment.OpCapture, payment.OpRefund}; begin(rapid.SampledFrom(kinds).Draw(t, "kind")); {
	}
	voids := 0
	for p.Capturable().IsPositive() {
		next, o, err := p.Begin(now, payment.Ask{ID: fmt.Sprint("void_01890a5d-ac96-774b-bcce-b302099a8057", voids), Kind: payment.OpVoid, RequestID: fmt.Sprint("req_v", voids)})
		if fault.Code(err) == "too_many_operations" {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		o.Status, o.DecidedAt, o.BankReference, o.Reason = payment.OpFailed, now, long, said()
		next.Operations[len(next.Operations)-1] = o
		p = next
		voids++
	}
	if len(p.Operations) != payment.MaxOperations+payment.MaxVoids {
		t.Fatalf("%d operations", len(p.Operations))
	}
	return p
}
