package browsertest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sandbank/merchant/client"
	"sandbank/money"
)

// longPayment is a payment of more than two hundred hops: declined tries of the customer, captures and refunds in
// parts, a hold, and three receivers, of which one fails and one fails every other time.
type longPayment struct {
	*house
	client.Payment
	failing client.Endpoint
	bearer  string
	failed  []client.Delivery // those of the failing receiver
	again   int
}

// long makes such a payment.
func (h *house) long(t testing.TB) *longPayment {
	t.Helper()
	l := &longPayment{house: h}
	var asked atomic.Int64
	for _, answer := range []func() int{
		func() int { return http.StatusNoContent },
		func() int { return []int{http.StatusNoContent, http.StatusServiceUnavailable}[asked.Add(1)%2] },
		func() int { return http.StatusInternalServerError },
	} {
		l.failing = h.receiver(t, answer)
	}
	l.Payment = h.pay(t, func(n *client.NewPayment) {
		n.Amount, n.Capture = money.Must("100.00", "EUR"), "manual"
		n.Simulate = json.RawMessage(`{"customer": [{"action": "pay", "card": "4000000000009995"}, {"action": "retry", "card": "4000000000009995"}, {"action": "retry", "card": "4242424242424242"}]}`)
	})
	l.until(t, func(p client.Payment) bool { return p.Status == client.Authorized })
	hold, err := h.BeginHold(t.Context(), client.HoldWish{Payment: l.ID, Hops: []string{"request"}})
	must(t, err)
	l.operate(t, h.Capture, "10.00")
	_, err = h.Step(t.Context(), l.ID)
	must(t, err)
	must(t, h.EndHold(t.Context(), hold.ID))
	for range 6 {
		l.operate(t, h.Capture, "10.00")
	}
	l.until(t, func(p client.Payment) bool { return p.CapturedAmount.Value() == "70.00" })
	for range 5 {
		l.operate(t, h.Refund, "1.00")
	}
	l.until(t, func(p client.Payment) bool { return p.RefundedAmount.Value() == "5.00" })
	page, err := h.Deliveries(t.Context(), l.failing.ID, "")
	must(t, err)
	l.failed = page.Data
	l.bearer, err = h.Token(t.Context(), "", time.Hour)
	must(t, err)
	for range 3 * len(l.failed) {
		l.more(t)
	}
	return l
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// receiver registers a webhook receiver that answers so.
func (h *house) receiver(t testing.TB, answer func() int) client.Endpoint {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(answer()) }))
	t.Cleanup(s.Close)
	e, err := h.CreateEndpoint(t.Context(), client.NewEndpoint{URL: s.URL + "/hooks", Events: []string{"*"}})
	must(t, err)
	return e
}

// operate asks for a capture or a refund.
func (l *longPayment) operate(t testing.TB, how func(context.Context, string, client.NewOperation, client.IdempotencyKey) (client.Operation, error), value string) {
	t.Helper()
	part := money.Must(value, "EUR")
	_, err := how(t.Context(), l.ID, client.NewOperation{Amount: &part}, "")
	must(t, err)
}

// until waits for a state of the payment.
func (l *longPayment) until(t testing.TB, is func(client.Payment) bool) {
	t.Helper()
	var known client.Version
	for until := time.Now().Add(patience); time.Now().Before(until); {
		p, now, changed, err := l.Changed(t.Context(), l.ID, known)
		must(t, err)
		if known = now; changed && is(p) {
			return
		}
	}
	t.Fatalf("the payment did not get there within %s", patience)
}

// wire is the page with all its hops drawn, none folded.
func (l *longPayment) wire() string { return l.Base() + "/payments/" + l.ID + "?view=wire" }

// hopsDrawn counts the hops of a drawing.
const hopsDrawn = `document.querySelectorAll("a.seq-hop").length`

// TestSequence_OfTwoHundredHops grows by what is sent, and is neither loaded nor drawn again.
func TestSequence_OfTwoHundredHops(t *testing.T) {
	t.Parallel()
	l := ownHouse(t).long(t)
	b := open(t)
	b.visit(l.wire())
	b.awaitTrue(painted)
	before := ask[int](b, hopsDrawn)
	if before < 200 {
		t.Errorf("%d hops are drawn, expected 200 and more", before)
	}
	b.awaitTrue(`document.querySelector("[data-followed]") !== null`)
	ask[bool](b, `document.querySelectorAll("[data-key]").forEach(e => { e.marked = true }) === undefined`)
	for range 50 {
		l.more(t)
	}
	b.awaitTrue(hopsDrawn + ` >= ` + strconv.Itoa(before+50))
	// Beside the fifty, webhooks that failed are sent again by themselves.
	drawn := ask[struct{ All, New int }](b, `({all: `+hopsDrawn+`, new: [...document.querySelectorAll("a.seq-hop")].filter(e => !e.parentElement.marked).length})`)
	if drawn.New > drawn.All-before+10 {
		t.Errorf("%d hops were drawn where %d arrived", drawn.New, drawn.All-before)
	}
	// The head, which every page of the dashboard asks for every few seconds, is not more of the payment.
	if asked := ask[[]string](b, `performance.getEntriesByType("resource").filter(e => e.initiatorType === "fetch").map(e => e.name)
		.filter(name => name !== new URL(document.body.dataset.follow, location).href)`); len(asked) > 0 {
		t.Errorf("the page asked for more than it was sent: %q", asked)
	}
	soon(t, "what is sent comes to the drawing of the page that is loaded", func(ctx context.Context) (bool, error) {
		return ask[bool](b, sameDrawing, chromedp.EvalAwaitPromise), ctx.Err()
	})
}

// sameDrawing is true where the hops that are drawn are those of the page, if it were loaded now.
const sameDrawing = `(async () => {
	const keys = (root) => [...root.querySelectorAll(".seq-body > [data-key^=hop-]")].map(e => e.dataset.key).join();
	const loaded = await (await fetch(location.href)).text();
	return keys(document) === keys(new DOMParser().parseFromString(loaded, "text/html"));
})()`

// more makes one more hop: a webhook that failed is sent again.
func (l *longPayment) more(t testing.TB) {
	t.Helper()
	d := l.failed[l.again%len(l.failed)]
	l.again++
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, l.Base()+"/v1/webhook-endpoints/"+l.failing.ID+"/deliveries/"+d.ID+"/resend", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+l.bearer)
	a, err := http.DefaultClient.Do(r)
	must(t, err)
	defer a.Body.Close()
	if a.StatusCode != http.StatusAccepted {
		t.Fatalf("sending %s again: %s", d.ID, a.Status)
	}
}
