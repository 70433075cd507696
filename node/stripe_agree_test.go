package node

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sandbank/identity"
	"sandbank/merchant/client"
	"sandbank/money"
	"sandbank/payment"
)

// statusThere are the house's statuses in Stripe's words, those of a PaymentIntent.
var statusThere = map[client.Status]string{
	client.Created: "requires_payment_method", client.ActionRequired: "requires_action", client.Authorized: "requires_capture", client.Captured: "succeeded",
	client.Declined: "requires_payment_method", client.Failed: "requires_payment_method", client.Canceled: "canceled", client.Voided: "canceled", client.Abandoned: "canceled",
}

// Whatever is asked in whichever API and order, both show the same payment after every
// step; the ledger and all other invariants are looked at when the node has ended.
func TestStripe_BothViewsAgree(t *testing.T) {
	a := newTeller(t, Config{})
	far, err := client.New(client.Config{Base: a.node.URL(), ID: identity.DemoShop.ID, Secret: identity.DemoShop.Secret})
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	disputes := newDisputer(t, a.node)
	// try asks in Stripe's dialect and takes a refusal for an answer.
	try := func(path, form string) (map[string]any, bool) {
		o, status := a.any("POST", path, form)
		if status >= 500 {
			t.Errorf("%s %s answered %d %v", path, form, status, o)
		}
		return o, status == 200
	}
	rapid.Check(t, func(rt *rapid.T) {
		capture := rapid.SampledFrom([]string{"automatic", "manual"}).Draw(rt, "capture")
		var id string // of the house
		if rapid.Bool().Draw(rt, "made here") {
			p, err := far.CreatePayment(t.Context(), client.NewPayment{Amount: money.Must("10.00", "EUR"), Reference: "order", ReturnURL: "https://shop.example/", Capture: capture}, "")
			if err != nil {
				rt.Fatal(err)
			}
			id = p.ID
		} else {
			o, _ := try("/v1/payment_intents", "amount=1000&currency=eur&capture_method="+capture)
			hex := strings.TrimPrefix(fmt.Sprint(o["id"]), "pi_")
			id = "pay_" + hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:]
		}
		intent := "pi_" + strings.ReplaceAll(strings.TrimPrefix(id, "pay_"), "-", "")
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			amount := rapid.Int64Range(1, 700).Draw(rt, "amount")
			switch rapid.IntRange(0, 8).Draw(rt, "step") {
			case 0:
				method := rapid.SampledFrom([]string{"pm_card_visa", "pm_card_visa", "pm_card_chargeDeclined", "pm_card_authenticationRequired", "pm_card_chargeDeclinedProcessingError"}).Draw(rt, "method")
				try("/v1/payment_intents/"+intent+"/confirm", "payment_method="+method)
			case 1:
				try("/v1/payment_intents/"+intent+"/capture", fmt.Sprintf("amount_to_capture=%d&final_capture=%t", amount, amount%2 == 0))
			case 2:
				try("/v1/payment_intents/"+intent+"/cancel", "")
			case 3:
				try("/v1/refunds", fmt.Sprintf("payment_intent=%s&amount=%d", intent, amount))
			case 4:
				_, _ = far.Cancel(t.Context(), id)
			case 5:
				_, _ = far.Act(t.Context(), id, client.Act{Action: "pay"})
				_, _ = a.node.Processor().AwaitUntil(t.Context(), id, func(p payment.Payment) bool { return p.Status != payment.Processing })
			case 6:
				_, _ = a.node.Processor().RunOut(t.Context(), identity.DemoShop.ID, id)
			case 7:
				disputes.open(id)
			case 8:
				list := a.ask("GET", "/v1/disputes?payment_intent="+intent, "", 200)
				if dispute := at(list, "data.0.id"); dispute != nil {
					try("/v1/disputes/"+fmt.Sprint(dispute)+"/close", "")
					disputes.ended(id)
				}
			}
			here, err := far.Payment(t.Context(), id)
			if err != nil {
				rt.Fatal(err)
			}
			there := a.ask("GET", "/v1/payment_intents/"+intent+"?expand[]=latest_charge", "", 200)
			list := a.ask("GET", "/v1/disputes?payment_intent="+intent, "", 200)
			if shown := at(list, "data.0.status"); (here.Dispute == nil) != (shown == nil) || shown != nil && (shown != here.Dispute.Status || at(there, "latest_charge.disputed") != true) {
				rt.Fatalf("here the dispute is %+v, there %v of %v", here.Dispute, shown, there)
			}
			refunded := at(there, "latest_charge.amount_refunded")
			if here.Status == client.Voided || refunded == nil { // a release is shown as a refund of what was never taken
				refunded = minorOf(here.RefundedAmount)
			}
			if there["status"] != statusThere[here.Status] || fmt.Sprint(there["amount_received"]) != minorOf(here.CapturedAmount) || fmt.Sprint(refunded) != minorOf(here.RefundedAmount) {
				rt.Fatalf("here it is %s, captured %v, refunded %v; there %v, received %v, refunded %v", here.Status, here.CapturedAmount, here.RefundedAmount, there["status"], there["amount_received"], refunded)
			}
		}
	})
}

// disputer has a bank's customers dispute payments, and waits until it is known.
type disputer struct {
	*cast
	node *Node
}

func newDisputer(t *testing.T, n *Node) disputer {
	c := &cast{T: t, base: n.URL(), tokens: map[string]string{}}
	c.token(identity.DemoOperator)
	return disputer{c, n}
}

// open opens a dispute about a payment that can have its first one.
func (d disputer) open(id string) {
	d.Helper()
	p, err := d.node.Processor().OwnPayment(d.Context(), identity.DemoShop.ID, id)
	if err != nil || len(p.Disputes) > 0 || !p.Refundable().IsPositive() {
		return
	}
	if code, text := d.send(identity.DemoOperator.ID, "POST", "/sim/payments/"+id+"/dispute", "{}", identity.DemoShop.ID); code != 202 {
		d.Fatalf("a dispute is refused with %d %s", code, text)
	}
	dutch{T: d.T, node: d.node}.settles("tr_"+strings.ReplaceAll(strings.TrimPrefix(id, "pay_"), "-", ""), func(p payment.Payment) bool { return len(p.Disputes) > 0 })
}

// ended waits until the bank has decided.
func (d disputer) ended(id string) {
	d.Helper()
	dutch{T: d.T, node: d.node}.settles("tr_"+strings.ReplaceAll(strings.TrimPrefix(id, "pay_"), "-", ""), func(p payment.Payment) bool { return p.Disputes[0].Status.Final() })
}

func minorOf(a money.Amount) string { return a.Decimal().Shift(2).String() }
