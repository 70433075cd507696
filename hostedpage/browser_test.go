package hostedpage_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"sandbank/chance"
	"sandbank/hostedpage"
	"sandbank/identity"
	. "sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/processor"
)

// rig is the checkout before a processor on a store in memory.
type rig struct {
	*Rig
	front http.Handler
}

func newRig(t *testing.T) *rig { t.Helper(); return newRigOf(t, identity.DemoShop) }

// newRigOf has one merchant.
func newRigOf(t *testing.T, merchant identity.Client) *rig {
	t.Helper()
	source := chance.Seeded(7)
	r := &rig{Rig: New(t, func(c *processor.Config) { c.Chance, c.Loopback = source, true })}
	c, err := hostedpage.New(hostedpage.Config{
		Processor: r.Processor, Tokens: r.Tokens, Clients: identity.NewRegistry(merchant), Clock: r.Clock, Chance: source,
		Log: r.Config.Log, Key: []byte("another key of 32 bytes, for all"),
	})
	if err != nil {
		t.Fatal(err)
	}
	m := mux.NewRouter()
	c.Mount(m)
	r.front = m
	return r
}

// open is a payment that waits for its customer, with the path of its page.
func (r *rig) open() (payment.Payment, string) {
	r.T.Helper()
	p := r.Made()
	return p, "/pay/" + r.Tokens.Token(p.ID)
}

// browser keeps its cookie and, like all of them, follows no script here.
type browser struct {
	r      *rig
	cookie *http.Cookie
	seen   strings.Builder // everything that was shown
}

type page struct {
	code         int
	body, target string
	header       http.Header
}

func (b *browser) do(q *http.Request) page {
	if b.cookie != nil {
		q.AddCookie(b.cookie)
	}
	w := httptest.NewRecorder()
	b.r.front.ServeHTTP(w, q)
	for _, c := range w.Result().Cookies() {
		b.cookie = c
	}
	b.seen.WriteString(w.Body.String() + w.Header().Get("Location"))
	return page{w.Code, w.Body.String(), w.Header().Get("Location"), w.Header()}
}

func (b *browser) get(path string) page {
	return b.do(httptest.NewRequest(http.MethodGet, path, nil))
}

func (b *browser) post(path string, form url.Values, header ...string) page {
	q := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("Origin", "http://example.com") // the host of httptest's requests
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		q.Header.Set(name, value)
	}
	return b.do(q)
}

// hidden is the value of a hidden field of the page.
func (p page) hidden(name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(p.body)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

func card(p page, number string) url.Values {
	csc := "938"
	if strings.HasPrefix(number, "37") {
		csc = "9381"
	}
	return url.Values{"csrf": {p.hidden("csrf")}, "method": {"card"}, "name": {"A. Customer"}, "number": {number}, "exp": {"12/30"}, "csc": {csc}}
}

// reviewed goes as far as the review with a card.
func (b *browser) reviewed(path, number string) page {
	b.r.T.Helper()
	form := b.get(path)
	sent := b.post(path, card(form, number))
	if sent.code != http.StatusSeeOther || !strings.HasPrefix(sent.target, path+"/review?with=") {
		b.r.T.Fatalf("the details: %d to %q: %.300s", sent.code, sent.target, sent.body)
	}
	review := b.get(sent.target)
	if review.code != 200 || review.hidden("instrument") == "" {
		b.r.T.Fatalf("the review: %d %.300s", review.code, review.body)
	}
	return review
}

func confirming(review page) url.Values {
	return url.Values{"csrf": {review.hidden("csrf")}, "instrument": {review.hidden("instrument")}, "try": {review.hidden("try")}}
}

// shows fails unless the page is there and says something.
func (r *rig) shows(p page, words string) {
	r.T.Helper()
	if p.code != 200 || !strings.Contains(p.body, words) {
		r.T.Errorf("%d, without %q: %.2000s", p.code, words, p.body)
	}
}

// back fails unless the page sends the browser back to the payment.
func (r *rig) back(p page, path string) {
	r.T.Helper()
	if p.code != http.StatusSeeOther || p.target != path {
		r.T.Errorf("%d to %q, not back to %q: %.300s", p.code, p.target, path, p.body)
	}
}
