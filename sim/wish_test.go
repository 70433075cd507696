package sim_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"sandbank/fault"
	"sandbank/sim"
)

// read makes a plan of JSON, as every transport does.
func read(text string) (sim.Plan, []fault.Field) {
	var w sim.Wish
	problem := fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	if err := json.Unmarshal([]byte(text), &w, json.RejectUnknownMembers(true)); err != nil {
		return sim.Plan{}, []fault.Field{{Pointer: "?", Detail: err.Error()}}
	}
	p := w.Check(problem, "/simulate")
	return p, problem.Fields
}

func TestWish_EveryWordIsTaken(t *testing.T) {
	for _, a := range sim.Actions() {
		before := ""
		if a == sim.Retry {
			before = `{"action": "pay"}, `
		}
		if _, wrong := read(`{"customer": [` + before + `{"action": "` + string(a) + `", "after": "1500ms"}]}`); len(wrong) > 0 {
			t.Errorf("the customer's action %s: want it taken, got %v", a, wrong)
		}
	}
	for _, o := range sim.Outcomes(sim.Authorize) {
		if p, wrong := read(`{"bank": {"outcome": "` + string(o) + `", "times": 2}}`); len(wrong) > 0 || p.Bank.Outcome != o {
			t.Errorf("the bank's outcome %s: want it taken, got %v, %v", o, p, wrong)
		}
	}
	for _, part := range []sim.Part{sim.Capture, sim.Refund} {
		for _, o := range sim.Outcomes(part) {
			if p, wrong := read(`{"bank": {"` + string(part) + `": {"outcome": "` + string(o) + `"}}}`); len(wrong) > 0 {
				t.Errorf("the outcome of %s, %s: want it taken, got %v, %v", part, o, p, wrong)
			} else if a, ok := p.Bank.Of(part); !ok || a.Outcome != o {
				t.Errorf("the answer to a %s is %v", part, a)
			}
		}
	}
	for _, e := range sim.Ends() {
		if _, wrong := read(`{"bank": {"outcome": "challenge", "challenge": {"ends": "` + string(e) + `"}}}`); len(wrong) > 0 {
			t.Errorf("the challenge's end %s: want it taken, got %v", e, wrong)
		}
	}
	for _, w := range sim.Travels(sim.Authorize) {
		if _, wrong := read(`{"customer": [{"action": "pay"}], "travel": "` + string(w) + `"}`); len(wrong) > 0 {
			t.Errorf("the way of travel %s: want it taken, got %v", w, wrong)
		}
	}
	for _, c := range sim.Channels() {
		for _, w := range sim.Ways(c) {
			if _, wrong := read(`{"customer": [{"action": "pay"}], "channels": {"` + string(c) + `": {"how": ["` + string(w) + `"]}}}`); len(wrong) > 0 {
				t.Errorf("the way of channel %s, %s: want it taken, got %v", c, w, wrong)
			}
		}
	}
}

func TestWish_ComplainsAboutTheField(t *testing.T) {
	for name, c := range map[string]struct{ body, field, says string }{
		"outcome unknown":        {`{"bank": {"outcome": "aproved"}}`, "/bank/outcome", `did you mean "approved"?`},
		"outcome in capitals":    {`{"bank": {"outcome": "DECLINED"}}`, "/bank/outcome", `did you mean "declined"?`},
		"outcome far off":        {`{"bank": {"outcome": "bananas"}}`, "/bank/outcome", "must be one of [approved"},
		"challenge of a capture": {`{"bank": {"capture": {"outcome": "challenge"}}}`, "/bank/capture/outcome", "must be one of"},
		"reason unknown":         {`{"bank": {"outcome": "declined", "reason": "insufficient_fund"}}`, "/bank/reason", `did you mean "insufficient_funds"?`},
		"reason of an approval":  {`{"bank": {"outcome": "approved", "reason": "lost_card"}}`, "/bank/reason", "has a meaning only with"},
		"reason without outcome": {`{"bank": {"reason": "lost_card"}}`, "/bank/reason", "has a meaning only with"},
		"after a number":         {`{"bank": {"after": "3"}}`, "/bank/after", `such as "3s"`},
		"after in words":         {`{"bank": {"after": "tomorrow"}}`, "/bank/after", `or "never"`},
		"after negative":         {`{"bank": {"after": "-3s"}}`, "/bank/after", "must be a duration"},
		"after plus":             {`{"bank": {"after": "+3s"}}`, "/bank/after", "must be a duration"},
		"after too long":         {`{"bank": {"after": "745h"}}`, "/bank/after", "must be at most 744h"},
		"after too fine":         {`{"bank": {"after": "3us"}}`, "/bank/after", "milliseconds"},
		"after endless":          {`{"bank": {"after": "` + strings.Repeat("1h", 40) + `"}}`, "/bank/after", "must be a duration"},
		"never of a customer":    {`{"customer": [{"action": "pay", "after": "never"}]}`, "/customer/0/after", "must be a duration"},
		"silent, later":          {`{"bank": {"outcome": "silent", "after": "3s"}}`, "/bank/after", "nothing is ever said"},
		"times zero":             {`{"bank": {"outcome": "declined", "times": 0}}`, "/bank/times", "must be 1 to 100"},
		"times negative":         {`{"bank": {"outcome": "declined", "times": -1}}`, "/bank/times", "must be 1 to 100"},
		"times too many":         {`{"bank": {"outcome": "declined", "times": 101}}`, "/bank/times", "must be 1 to 100"},
		"an end of no challenge": {`{"bank": {"outcome": "approved", "challenge": {"ends": "approve"}}}`, "/bank/challenge", `only with "outcome": "challenge"`},
		"an end unknown":         {`{"bank": {"outcome": "challenge", "challenge": {"ends": "approved"}}}`, "/bank/challenge/ends", `did you mean "approve"?`},
		"an end missing":         {`{"bank": {"outcome": "challenge", "challenge": {"ends": ""}}}`, "/bank/challenge/ends", "is required"},
		"dispute unknown":        {`{"bank": {"dispute": {"outcome": "draw"}}}`, "/bank/dispute/outcome", "must be one of [lost won silent]"},
		"dispute never, ended":   {`{"bank": {"dispute": {"outcome": "silent", "ends_after": "3s"}}}`, "/bank/dispute/ends_after", "never decided"},
		"dispute ends never":     {`{"bank": {"dispute": {"ends_after": "never"}}}`, "/bank/dispute/ends_after", "must be a duration"},
		"dispute, end first":     {`{"bank": {"dispute": {"outcome": "silent", "travel": "out_of_order"}}}`, "/bank/dispute/travel", "no end that could come first"},
		"dispute before the 202": {`{"bank": {"dispute": {"travel": "before_accepted"}}}`, "/bank/dispute/travel", "must be one of [once twice out_of_order]"},
		"capture after expiry":   {`{"bank": {"capture": {"travel": "after_expiry"}}}`, "/bank/capture/travel", "must be one of [once twice out_of_order before_accepted]"},
		"refund's travel":        {`{"bank": {"refund": {"travel": "twise"}}}`, "/bank/refund/travel", `did you mean "twice"?`},
		"dispute with controls":  {`{"bank": {"dispute": {"reason": "a\u0000b"}}}`, "/bank/dispute/reason", "printable"},
		"dispute with a card":    {`{"bank": {"dispute": {"reason": "4242 4242 4242 4242"}}}`, "/bank/dispute/reason", "must not hold a card number"},
		"action unknown":         {`{"customer": [{"action": "pays"}]}`, "/customer/0/action", `did you mean "pay"?`},
		"action missing":         {`{"customer": [{"action": ""}]}`, "/customer/0/action", "is required"},
		"real card":              {`{"customer": [{"action": "pay", "card": "4539578763621486"}]}`, "/customer/0/card", "published test cards"},
		"letters as a card":      {`{"customer": [{"action": "pay", "card": "visa"}]}`, "/customer/0/card", "published test cards"},
		"real account":           {`{"customer": [{"action": "pay", "iban": "DE89370400440532013000"}]}`, "/customer/0/iban", "published test accounts"},
		"card and account":       {`{"customer": [{"action": "pay", "card": "4242424242424242", "iban": "NL77SAND0000000001"}]}`, "/customer/0/iban", "together with card"},
		"card of a cancel":       {`{"customer": [{"action": "cancel", "card": "4242424242424242"}]}`, "/customer/0/card", "has no meaning with cancel"},
		"holder is a number":     {`{"customer": [{"action": "pay", "holder": "4242424242424242"}]}`, "/customer/0/holder", "This is a number"},
		"bank is no BIC":         {`{"customer": [{"action": "pay", "bank": "sandnl2a"}]}`, "/customer/0/bank", "form of a BIC"},
		"retry first":            {`{"customer": [{"action": "retry"}]}`, "/customer/0/action", "needs an act before it"},
		"after cancel":           {`{"customer": [{"action": "cancel"}, {"action": "pay"}]}`, "/customer/1/action", "cannot follow cancel"},
		"after walking away":     {`{"customer": [{"action": "walk_away"}, {"action": "pay"}]}`, "/customer/1/action", "cannot follow walk_away"},
		"after coming late":      {`{"customer": [{"action": "come_back_late"}, {"action": "pay"}]}`, "/customer/1/action", "cannot follow come_back_late"},
		"too many acts":          {`{"customer": [` + strings.Repeat(`{"action": "pay"}, `, 10) + `{"action": "pay"}]}`, "/customer", "at most 10 acts"},
		"travel unknown":         {`{"travel": "before_202"}`, "/travel", `must be one of`},
		"travel, nobody pays":    {`{"travel": "before_accepted"}`, "/travel", "needs a customer who pays at once"},
		"webhook, nobody pays":   {`{"channels": {"webhook": {"how": ["before_accepted"]}}}`, "/channels/webhook/how", "needs a customer who pays at once"},
		"travel, pays later":     {`{"travel": "before_accepted", "customer": [{"action": "pay", "after": "1s"}]}`, "/travel", "needs a customer who pays at once"},
		"channel unknown":        {`{"channels": {"webhooks": {"how": ["late"]}}}`, "/channels/webhooks", `did you mean "webhook"?`},
		"channel a card":         {`{"channels": {"4242424242424242": {"how": ["late"]}}}`, "/channels", "has a name that is not a channel"},
		"channel with a slash":   {`{"channels": {"a/b": {"how": ["late"]}}}`, "/channels/a~1b", "is not a channel"},
		"way unknown":            {`{"channels": {"webhook": {"how": ["broken"]}}}`, "/channels/webhook/how/0", "must be one of"},
		"way of another":         {`{"channels": {"stream": {"how": ["late"]}}}`, "/channels/stream/how/0", "must be one of [twice lost]"},
		"way twice":              {`{"channels": {"webhook": {"how": ["late", "late"]}}}`, "/channels/webhook/how/1", "is given twice"},
		"no way":                 {`{"channels": {"webhook": {"how": []}}}`, "/channels/webhook/how", "must have 1 to"},
		"lost and late":          {`{"channels": {"webhook": {"how": ["lost", "late"]}}}`, "/channels/webhook/how", "lost goes with no other"},
		"broken and stale":       {`{"channels": {"webhook": {"how": ["broken_signature", "stale_timestamp"]}}}`, "/channels/webhook/how", "do not go together"},
		"after of no lateness":   {`{"channels": {"webhook": {"how": ["twice"], "after": "1s"}}}`, "/channels/webhook/after", "only with late or reordered"},
	} {
		_, wrong := read(c.body)
		found := false
		for _, f := range wrong {
			found = found || f.Pointer == "/simulate"+c.field && strings.Contains(f.Detail, c.says)
			if strings.Contains(strings.ReplaceAll(f.Detail, "such as 4242424242424242", ""), "424242") || strings.Contains(f.Pointer, "424242") || strings.Contains(f.Detail, "411111") {
				t.Errorf("%s: a number is repeated: %v", name, f)
			}
		}
		if !found {
			t.Errorf("%s: %v, which does not say %q at %s", name, wrong, c.says, c.field)
		}
	}
}

func TestWish_KeepsNoNumber(t *testing.T) {
	p, wrong := read(`{"customer": [{"action": "pay", "card": "4000 0000 0000 9995", "holder": "J. Doe"}, {"action": "retry", "iban": "nl77 sand 0000 0000 01"}]}`)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	kept, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(kept); strings.Contains(text, "40000000") || strings.Contains(text, "NL77SAND") || strings.Contains(text, "Doe") || !strings.Contains(text, `"last4":"9995"`) {
		t.Errorf("kept is %s", text)
	}
}

func TestWhen_IsWrittenInOneWay(t *testing.T) {
	for given, want := range map[string]sim.When{"90s": "1m30s", "900s": "15m", "60m": "1h", "24h": "24h", "0": "0s", "0s": "0s", "1.5s": "1.5s", "250ms": "250ms", "": "", "never": "never"} {
		p, wrong := read(`{"bank": {"outcome": "approved", "after": "` + given + `"}}`)
		if len(wrong) > 0 || p.Bank.After != want {
			t.Errorf("%q is kept as %q, %v", given, p.Bank.After, wrong)
		}
	}
}

// Whatever is read is either refused with places and words, or is a plan that
// reads back as itself.
func FuzzWish(f *testing.F) {
	f.Add(`{"customer": [{"action": "pay", "card": "4242424242424242", "after": "3s"}], "bank": {"outcome": "declined", "times": 2, "refund": {"after": "never"}}, "travel": "twice"}`)
	f.Add(`{"channels": {"webhook": {"how": ["late"], "after": "1h"}}, "bank": {"dispute": {"outcome": "won", "after": "24h"}}}`)
	f.Add(`{"bank": {"outcome": "challenge", "challenge": {"ends": "cancel", "after": "after_deadline"}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, wrong := read(text)
		for _, w := range wrong {
			if w.Pointer == "" || w.Detail == "" {
				t.Fatalf("%q: a complaint without a place or words: %v", text, w)
			}
		}
		if len(wrong) > 0 {
			return
		}
		kept, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var again sim.Plan
		if err := json.Unmarshal(kept, &again, json.RejectUnknownMembers(true)); err != nil {
			t.Fatalf("kept the plan %s: want it read again, got %v", kept, err)
		}
		twice, _ := json.Marshal(again)
		if string(kept) != string(twice) {
			t.Fatalf("%s reads back as %s", kept, twice)
		}
	})
}
