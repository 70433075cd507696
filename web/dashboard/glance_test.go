package dashboard

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/webhook"
)

func TestStanding_SaysMoreThanTheStatus(t *testing.T) {
	now := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	five, ten := money.Must("5.00", "EUR"), money.Must("10.00", "EUR")
	op := func(kind payment.OperationKind, status payment.OperationStatus, a money.Amount) payment.Operation {
		return payment.Operation{Kind: kind, Status: status, Amount: a}
	}
	taken := op(payment.OpCapture, payment.OpSucceeded, ten)
	for want, p := range map[string]payment.Payment{
		"":                        {Status: payment.Captured, Amount: ten, Operations: []payment.Operation{taken}},
		"Refunded":                {Status: payment.Captured, Amount: ten, Operations: []payment.Operation{taken, op(payment.OpRefund, payment.OpSucceeded, five), op(payment.OpRefund, payment.OpSucceeded, five)}},
		"Partly refunded":         {Status: payment.Captured, Amount: ten, Operations: []payment.Operation{taken, op(payment.OpRefund, payment.OpSucceeded, five), op(payment.OpRefund, payment.OpFailed, five)}},
		"Disputed":                {Status: payment.Captured, Amount: ten, Operations: []payment.Operation{taken}, Disputes: []payment.Dispute{{Status: payment.DisputeUnderReview, Amount: five}}},
		"Charged back":            {Status: payment.Captured, Amount: ten, Operations: []payment.Operation{taken}, Disputes: []payment.Dispute{{Status: payment.DisputeLost, Amount: five}}},
		"Declined 1 of 3":         {Status: payment.Created, Amount: ten, MaxAttempts: 3, Attempts: []payment.Attempt{{Status: payment.AttemptDeclined}}},
		"Authorized · 7 d left":   {Status: payment.Authorized, Amount: ten, AuthorizedUntil: now.Add(7*24*time.Hour + 3*time.Hour)},
		"Authorized · 5 min left": {Status: payment.Authorized, Amount: ten, AuthorizedUntil: now.Add(5*time.Minute + time.Second)},
	} {
		if got, _ := standing(p, now); got != want {
			t.Errorf("it stands at %q, expected %q", got, want)
		}
	}
}

func TestDots_AreTheLifeInOrder(t *testing.T) {
	p := payment.Payment{Status: payment.Abandoned, Amount: money.Must("1.00", "EUR"), MaxAttempts: 3, Attempts: []payment.Attempt{{Status: payment.AttemptDeclined}}}
	if got := (Row{Dots: dots(p)}).Says(); got != "created, declined, abandoned" {
		t.Errorf("the line says %q", got)
	}
	for range 9 {
		p.Attempts = append(p.Attempts, payment.Attempt{Status: payment.AttemptDeclined})
	}
	if list := dots(p); len(list) != maxDots || list[maxDots-1].Word != "abandoned" || list[0].X != 7 {
		t.Errorf("of many there are %+v", list)
	}
}

func TestToldOf_CountsWhatArrived(t *testing.T) {
	for want, list := range map[string]processor.Arrivals{
		"✓ 2/2": {Delivered: 2}, "✗ 1/2, retrying": {Delivered: 1, Retrying: 1}, "✗ 0/1, given up": {Exhausted: 1},
		"1/2, on its way": {Delivered: 1, Waiting: 1}, "–": {},
	} {
		if got, _ := toldOf(payment.Payment{}, list); got != want {
			t.Errorf("it says %q, expected %q", got, want)
		}
	}
	if got, _ := toldOf(payment.Payment{Status: payment.Abandoned}, processor.Arrivals{}); got != "nobody, on purpose" {
		t.Errorf("of an abandoned payment it says %q", got)
	}
}

func TestFailure_IsOfTheLatest(t *testing.T) {
	ok, bad, fresh := webhook.Delivery{Status: webhook.DeliveryDelivered}, webhook.Delivery{Status: webhook.DeliveryPending, Tries: 1}, webhook.Delivery{Status: webhook.DeliveryPending}
	for want, list := range map[string][]webhook.Delivery{"": {fresh, ok, bad}, "Fails: 2 of the last 3": {fresh, bad, bad, ok}} {
		if got := failure(list); got != want {
			t.Errorf("it says %q, expected %q", got, want)
		}
	}
}

func TestTiles_CountByStatus(t *testing.T) {
	list := tilesOf(processor.Tally{ByStatus: map[payment.Status]int{payment.Captured: 1200, payment.Abandoned: 34, payment.Created: 5}, Disputed: 2})
	want := []string{"1,239 All payments", "1,200 Captured", "0 Declined", "0 Failed", "34 Abandoned, in silence", "2 Disputed"}
	for i, tile := range list {
		if got := tile.Count + " " + tile.Label; got != want[i] {
			t.Errorf("tile %d is %q, want %q", i, got, want[i])
		}
	}
}

// The tiles count what the viewer sees, and an open page asks for them again with its head.
func TestTiles_CountWhatTheViewerSees(t *testing.T) {
	m := newMonied(t)
	other := m.as(identity.Principal{Person: "ann", Role: identity.RoleMerchant, Merchant: identity.OtherShop.Merchant}, true)
	const all = "</strong> <span>All payments</span>"
	for _, path := range []string{"/", "/dashboard/head?tiles=yes"} {
		if _, body := m.get(path); !strings.Contains(body, "<strong>1"+all) {
			t.Errorf("%s counts no payment: %s", path, body)
		}
		if _, body := other.get(path); strings.Contains(body, all) {
			t.Errorf("%s counts another merchant's payments", path)
		}
	}
	if _, body := m.get("/dashboard/head"); strings.Contains(body, all) {
		t.Error("the head of other pages has the tiles")
	}
}

func TestSearch_FindsReferencesIdsPagesAndDocs(t *testing.T) {
	m := newMonied(t)
	for id, home := range map[string]string{m.payment.ID: "/payments/", m.dispute: "/disputes/", m.payout: "/payouts/", m.settlement: "/settlements/", m.broken: "/breaks/"} {
		if code, body := m.get("/search?q=" + id); code != http.StatusSeeOther || !strings.Contains(body, home+id) {
			t.Errorf("searching for %s answers %d: %s", id, code, body)
		}
	}
	for q, want := range map[string]string{m.payment.Reference: "/payments/" + m.payment.ID, "ledger": `href="/ledger"`, "": "A reference finds"} {
		if code, body := m.get("/search?q=" + url.QueryEscape(q)); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("searching for %q answers %d without %q", q, code, want)
		}
	}
	other := m.as(identity.Principal{Person: "ann", Role: identity.RoleMerchant, Merchant: identity.OtherShop.Merchant}, true)
	if _, body := other.get("/search?q=" + m.payment.Reference); strings.Contains(body, m.payment.ID) {
		t.Error("the search finds another merchant's payment")
	}
	if _, body := m.get("/search?q=4242424242424242"); strings.Contains(body, "4242424242424242") {
		t.Error("the page repeats a card number")
	}
}

// What the form asks for comes about; what is not right comes back with the complaint at its field.
func TestNewPayment_IsMadeOrComesBack(t *testing.T) {
	b := newBoard(t)
	good := url.Values{
		"merchant": {"demo-shop"}, "amount": {"12.50"}, "currency": {"EUR"}, "reference": {"made-here"}, "capture": {"manual"}, "life": {"1m"},
		"action": {"pay"}, "card": {"4242424242424242"}, "after": {"3s"}, "outcome": {"declined"}, "answer_after": {"5s"}, "webhook": {"late"},
	}
	w := b.post("/new-payment", good)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	list, err := b.Disk.Payments(t.Context(), processor.Filter{Reference: "made-here", Limit: 2})
	b.OK(err)
	if len(list) != 1 || list[0].Simulation == nil || list[0].Simulation.Plan.Bank == nil || len(list[0].Simulation.Plan.Channels) != 1 || list[0].ExpiresAt.Sub(list[0].CreatedAt) != time.Minute {
		t.Fatalf("made were %+v", list)
	}
	_, page := b.get("/payments/" + list[0].ID)
	for _, want := range []string{"Open the checkout", `class="qr"`, `&#34;value&#34;:&#34;12.50&#34;`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of a new payment has no %q", want)
		}
	}
	before := b.Stored()
	for name, wrong := range map[string][2]string{
		"no amount": {"amount", ""}, "a negative amount": {"amount", "-1"}, "too many decimals": {"amount", "1.999"}, "no currency": {"currency", "EURO"}, "a life that is none": {"life", "soon"},
		"no merchant": {"merchant", "nobody"}, "an act that is none": {"action", "dances"}, "a time that is none": {"after", "soon"}, "a card in the reference": {"reference", "4242 4242 4242 4242"},
		"an outcome that is none": {"outcome", "perhaps"}, "a way that is none": {"webhook", "sideways"}, "a card that is not published": {"card", "4000000000000000"}, "a bank that is none": {"bank", "<b>"},
	} {
		typed := url.Values{}
		for key, value := range good {
			typed[key] = value
		}
		typed.Set(wrong[0], wrong[1])
		if w := b.post("/new-payment", typed); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Error: New test payment") || strings.Contains(w.Body.String(), "<b>") {
			t.Errorf("with %s: %d", name, w.Code)
		}
	}
	b.Unchanged("forms that are not right", before)
}

func TestHooks_AreRegisteredAndDeleted(t *testing.T) {
	b := newBoard(t)
	w := b.post("/webhooks", url.Values{"merchant": {"demo-shop"}, "url": {"http://other.example/hooks"}, "description": {"<i>"}})
	at := ""
	all, err := b.Processor.Endpoints(t.Context(), processor.Only("demo-shop"))
	b.OK(err)
	for _, e := range all {
		if e.URL == "http://other.example/hooks" {
			at = "/webhooks/" + e.ID
			if !strings.Contains(html.UnescapeString(w.Body.String()), e.Secret.Reveal()) || strings.Contains(w.Body.String(), "<i>") {
				t.Error("the page does not have the secret, or has markup")
			}
		}
	}
	if w.Code != http.StatusCreated || at == "" {
		t.Fatalf("registered: %d, of %d", w.Code, len(all))
	}
	if _, page := b.get("/webhooks"); strings.Contains(page, "whsec_") {
		t.Error("a later page has a secret")
	}
	if w := b.post(at+"/delete", nil); w.Code != http.StatusSeeOther {
		t.Errorf("deleted: %d", w.Code)
	}
	if code, _ := b.get(at); code != http.StatusNotFound {
		t.Errorf("the deleted one answers %d", code)
	}
	for name, typed := range map[string]url.Values{"no URL": {"merchant": {"demo-shop"}, "url": {"x"}}, "another's merchant": {"merchant": {"nobody"}, "url": {"http://a.example/"}}} {
		if w := b.post("/webhooks", typed); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Error: Webhooks") {
			t.Errorf("with %s: %d", name, w.Code)
		}
	}
}
