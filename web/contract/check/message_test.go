package check

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sandbank/bank"
	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

func reasonFor(code string) []reason.Reason { return []reason.Reason{reason.Because(code, "a rule")} }

func sampleRequest() wire.Request {
	now := time.Date(2026, 3, 14, 14, 5, 9, 120e6, time.UTC)
	deadline := now.Add(30 * time.Second)
	return wire.Request{
		Type: wire.Authorize, ID: "req_1", Payment: "pay_01890a5d-ac96-774b-bcce-b302099a8057", Attempt: 1, Bank: bic,
		Merchant: "demo-shop", Amount: money.Must("19.99", "EUR"), Capture: "automatic", CreatedAt: now, Deadline: &deadline,
		Instrument: &instrument.Instrument{Kind: instrument.Card, Brand: "visa", Last4: "4242", Behavior: instrument.Neutral, Rule: "r"},
	}
}

func TestCheckMessage_RefusesWhatIsNotDescribed(t *testing.T) {
	t.Parallel()
	good := string(wire.Encode(sampleRequest()))
	if err := CheckMessage("authorize", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, message, body string }{
		{"not JSON", "authorize", "{"},
		{"trailing data", "authorize", good + "{}"},
		{"another message", "reverse", good},
		{"unknown message", "refund", good},
		{"unknown member", "authorize", strings.Replace(good, "{", `{"more":1,`, 1)},
		{"a missing member", "authorize", strings.Replace(good, `"deadline"`, `"dedline"`, 1)},
		{"a number for an amount", "authorize", strings.Replace(good, `"19.99"`, "19.99", 1)},
		{"no time", "authorize", strings.Replace(good, "2026-03-14T14:05:09.12Z", "today", 1)},
		{"no identifier", "authorize", strings.Replace(good, bic, "sandnl2a", 1)},
		{"too large", "authorize", `{"type":"` + strings.Repeat("x", 70_000) + `"}`},
		{"no event", "event", "{}"},
	} {
		if CheckMessage(c.message, []byte(c.body)) == nil {
			t.Errorf("%s: no complaint", c.name)
		}
	}
}

// The seven banks speak the contract with every card.
func TestBanks_SpeakTheContract(t *testing.T) {
	t.Parallel()
	for _, temper := range bank.Seven() {
		h := wire.Health{
			Type: wire.HealthType, Bank: temper.Identifier, Name: temper.Name, Behavior: temper.Behavior, Online: true,
			Currencies: temper.Currencies, Weight: temper.Weight, IntervalSeconds: 2, SentAt: time.Now(), Temper: &wire.Temper{Declines: &temper.Declines},
		}
		if err := CheckMessage("health", wire.Encode(h)); err != nil {
			t.Error(err)
		}
		for _, card := range instrument.Cards() {
			r := sampleRequest()
			r.Bank, r.Instrument.Behavior, r.Instrument.Reason = temper.Identifier, card.Behavior, card.Reason
			if err := CheckMessage("authorize", wire.Encode(r)); err != nil {
				t.Error(err)
			}
			d := bank.Decide(1, temper, r)
			if d.Silent {
				continue
			}
			result := wire.Result{
				Type: wire.ResultType, ID: "res_1", RequestID: r.ID, Payment: r.Payment, Attempt: 1, Bank: r.Bank,
				Outcome: d.Outcome, Amount: r.Amount, Reason: d.Reason, Rule: d.Rule, DecidedAt: r.CreatedAt,
			}
			if d.Outcome == payment.OutcomeChallenge {
				result.ChallengeURL = "http://localhost:8090/challenge?q=x"
			}
			if err := CheckMessage("result", wire.Encode(result)); err != nil {
				t.Error(err)
			}
		}
	}
}

// The contract's demands on a bank's messages beyond those of wire: a reader in
// another language may rely on them.
func TestCheckMessage_ResultsAreConditional(t *testing.T) {
	t.Parallel()
	r := sampleRequest()
	result := map[string]any{
		"type": "result", "id": "res_1", "request_id": r.ID, "payment": r.Payment, "attempt": 1, "bank": r.Bank,
		"amount": r.Amount, "decided_at": r.CreatedAt,
	}
	for outcome, needs := range map[string]string{"declined": "reason", "error": "reason", "challenge": "challenge_url"} {
		result["outcome"] = outcome
		body, err := json.Marshal(result)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckMessage("result", body); err == nil || !strings.Contains(err.Error(), needs) {
			t.Errorf("%s without %s: %v", outcome, needs, err)
		}
	}
}
