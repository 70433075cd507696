package node

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/internal/stripespec"
	"sandbank/merchant/client"
	"sandbank/money"
	"sandbank/payment"
)

// statusAtMollie are the house's statuses in Mollie's words.
var statusAtMollie = map[client.Status]string{
	client.Created: "open", client.Processing: "pending", client.ActionRequired: "pending", client.Authorized: "authorized", client.Captured: "paid",
	client.Declined: "failed", client.Failed: "failed", client.Canceled: "canceled", client.Voided: "canceled", client.Abandoned: "expired",
}

// Whatever is asked in whichever of the three APIs and order, all show the same payment after every step; the ledger and all
// other invariants are looked at when the node has ended.
func TestMollie_AllViewsAgree(t *testing.T) {
	a := newDutch(t, Config{})
	there := teller{t, a.node, stripe.KeysOf(identity.DemoShop).Secret, stripespec.Load(t)}
	disputes := newDisputer(t, a.node)
	try := func(method, path, body string) (map[string]any, bool) {
		o, status := a.any(method, path, body)
		if status >= 500 {
			t.Errorf("%s %s %s answered %d %v", method, path, body, status, o)
		}
		return o, status < 300
	}
	rapid.Check(t, func(rt *rapid.T) {
		capture := rapid.SampledFrom([]string{"automatic", "manual"}).Draw(rt, "capture")
		var id string // of Mollie's
		switch rapid.IntRange(0, 2).Draw(rt, "made where") {
		case 0:
			p, err := a.far.CreatePayment(t.Context(), client.NewPayment{Amount: money.Must("10.00", "EUR"), Reference: "order", ReturnURL: "https://shop.example/", Capture: capture}, "")
			if err != nil {
				rt.Fatal(err)
			}
			id = "tr_" + strings.ReplaceAll(strings.TrimPrefix(p.ID, "pay_"), "-", "")
		case 1:
			o, _ := there.any("POST", "/v1/payment_intents", "amount=1000&currency=eur&capture_method="+capture)
			id = "tr_" + strings.TrimPrefix(fmt.Sprint(o["id"]), "pi_")
		case 2:
			id = a.made(`, "captureMode": "` + capture + `", "metadata": {"order": "7"}`)
		}
		intent := "pi_" + strings.TrimPrefix(id, "tr_")
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			cents := rapid.Int64Range(1, 700).Draw(rt, "amount")
			amount := fmt.Sprintf(`{"amount": {"currency": "EUR", "value": "%d.%02d"}}`, cents/100, cents%100)
			switch rapid.IntRange(0, 10).Draw(rt, "step") {
			case 0:
				card := rapid.SampledFrom([]string{"", "", "4000000000000002", "4000000000000119"}).Draw(rt, "card")
				_, _ = a.far.Act(t.Context(), house(id), client.Act{Action: "pay", Card: card})
			case 1:
				try("POST", "payments/"+id+"/captures", amount)
			case 2:
				try("DELETE", "payments/"+id, "")
			case 3:
				try("POST", "payments/"+id+"/refunds", amount)
			case 4:
				_, _ = a.far.Cancel(t.Context(), house(id))
			case 5:
				there.any("POST", "/v1/payment_intents/"+intent+"/confirm", "payment_method=pm_card_visa")
			case 6:
				there.any("POST", "/v1/refunds", fmt.Sprintf("payment_intent=%s&amount=%d", intent, cents))
			case 7:
				try("PATCH", "payments/"+id, `{"description": "changed", "metadata": {"again": "1"}}`)
			case 8:
				_, _ = a.node.Processor().RunOut(t.Context(), identity.DemoShop.ID, house(id))
			case 9:
				disputes.open(house(id))
			case 10:
				list, _ := there.any("GET", "/v1/disputes?payment_intent="+intent, "")
				if dispute := at(list, "data.0.id"); dispute != nil {
					there.any("POST", "/v1/disputes/"+fmt.Sprint(dispute)+"/close", "")
					disputes.ended(house(id))
				}
			}
			a.settles(id, func(p payment.Payment) bool {
				busy := p.Status == payment.Processing
				for _, o := range p.Operations {
					busy = busy || o.Status == payment.OpPending
				}
				return !busy
			})
			here, err := a.far.Payment(t.Context(), house(id))
			if err != nil {
				rt.Fatal(err)
			}
			seen := a.ask("GET", "payments/"+id, "", 200)
			refunded, captured := at(seen, "amountRefunded.value"), at(seen, "amountCaptured.value")
			if refunded == nil {
				refunded = "0.00"
			}
			if captured == nil {
				captured = here.CapturedAmount.Value()
			}
			if seen["status"] != statusAtMollie[here.Status] || refunded != here.RefundedAmount.Value() || captured != here.CapturedAmount.Value() || fmt.Sprint(seen["metadata"]) != fmt.Sprint(orNil(here.Metadata)) {
				rt.Fatalf("here it is %s, captured %v, refunded %v, %v; there %v", here.Status, here.CapturedAmount, here.RefundedAmount, here.Metadata, seen)
			}
			back := at(a.ask("GET", "payments/"+id+"/chargebacks", "", 200), "_embedded.chargebacks.0")
			if (here.Dispute == nil) != (back == nil) || back != nil && (at(back.(map[string]any), "amount.value") != here.Dispute.Amount.Value() || (at(back.(map[string]any), "reversedAt") != nil) != (here.Dispute.Status == "won")) {
				rt.Fatalf("here the dispute is %+v, there %v", here.Dispute, back)
			}
			if intended := there.ask("GET", "/v1/payment_intents/"+intent, "", 200); here.Status != client.Created && intended["status"] != statusThere[here.Status] {
				rt.Fatalf("here it is %s, as a PaymentIntent %v", here.Status, intended["status"])
			}
		}
	})
}

func orNil(m map[string]string) any {
	if len(m) == 0 {
		return nil
	}
	return m
}
