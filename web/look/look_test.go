package look

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func get(h http.Handler, path string) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Result()
}

func TestHandler_ServesEachAssetForever(t *testing.T) {
	EachAsset(func(path string, content []byte) {
		r := get(Handler(), path)
		if r.StatusCode != 200 || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, cached %q", path, r.StatusCode, r.Header.Get("Cache-Control"))
		}
		if len(content) == 0 || r.Header.Get("Content-Type") == "" {
			t.Errorf("%s is empty, or of no type", path)
		}
	})
}

func TestHandler_OldHashIsNotCached(t *testing.T) {
	r := get(Handler(), Prefix+"0123456789ab/sandbank.css")
	if r.StatusCode != 200 || r.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("got %d, cached %q", r.StatusCode, r.Header.Get("Cache-Control"))
	}
	for _, path := range []string{Prefix, Prefix + "x/../look.go", Prefix + "x/nothing.css"} {
		if r := get(Handler(), path); r.StatusCode != 404 {
			t.Errorf("asked for %s: want 404, got %d", path, r.StatusCode)
		}
	}
}

func TestStylesheet_AsksForNothingElsewhere(t *testing.T) {
	EachAsset(func(path string, content []byte) {
		text := strings.ReplaceAll(string(content), "http://www.w3.org/2000/svg", "")
		for _, bad := range []string{"http:", "https:", "@import", "url(//"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s holds %q", path, bad)
			}
		}
	})
}

func TestPolicy_Headers(t *testing.T) {
	inner := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	h := get(SecureHeaders(inner), "/").Header
	if h.Get("Content-Security-Policy") != CSP || h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("headers: %v", h)
	}
	if strings.Contains(CSP, "unsafe") {
		t.Error("the policy allows what is unsafe")
	}
	shop := Policy{FormTargets: []string{"http://localhost:8080"}, Referrer: "strict-origin"}
	h = get(shop.Wrap(inner), "/").Header
	if !strings.Contains(h.Get("Content-Security-Policy"), "form-action 'self' http://localhost:8080;") || h.Get("Referrer-Policy") != "strict-origin" {
		t.Errorf("headers of the shop: %v", h)
	}
}

func TestSet_FaultWritesNothing(t *testing.T) {
	s := MustParse(fstest.MapFS{
		"templates/shared/layout.html": {Data: []byte(`{{define "body"}}<body>{{template "content" .}}</body>{{end}}`)},
		"templates/one.html":           {Data: []byte(`{{define "title"}}One{{end}}{{define "content"}}before {{.Nothing}}{{end}}`)},
	})
	w := httptest.NewRecorder()
	if err := s.Render(w, "one", struct{}{}); err == nil || w.Body.Len() > 0 {
		t.Errorf("err %v, wrote %q", err, w.Body)
	}
	if err := s.Render(w, "two", nil); err == nil {
		t.Error("a page that is not there was rendered")
	}
	if err := s.Render(w, "one", struct{ Nothing string }{"<b>"}); err != nil || !strings.Contains(w.Body.String(), "before &lt;b&gt;") {
		t.Errorf("err %v, wrote %q", err, w.Body)
	}
	if w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Error("a page has no type")
	}
}

// Where color is lost, shape and word still tell the payment's statuses apart.
func TestStatusOf_ShapesDiffer(t *testing.T) {
	icons := map[string]string{}
	for _, word := range PaymentStatuses() {
		s := StatusOf(word)
		if other, ok := icons[s.Icon]; ok {
			t.Errorf("%s has the shape of %s", word, other)
		}
		icons[s.Icon] = word
		if _, ok := shapes[s.Icon]; !ok || s.Word == "" {
			t.Errorf("%s lacks a drawing or a word", word)
		}
	}
	if s := StatusOf("brand_new"); s.Word != "Brand new" || s.Tone != ToneQuiet {
		t.Errorf("an unknown status reads %+v", s)
	}
}

func TestMoney(t *testing.T) {
	for _, c := range [][3]string{
		{"19.99", "EUR", "€19.99"}, {"1234567", "JPY", "¥1,234,567"}, {"-1000.5", "USD", "−$1,000.5"},
		{"10.125", "BHD", "BHD\u00a010.125"}, {"0", "GBP", "£0"}, {"999", "CHF", "CHF\u00a0999"},
	} {
		if got := Money(c[0], c[1]); got != c[2] {
			t.Errorf("Money(%s, %s) = %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{"The Mug Shop": "MS", "éclair": "É", "": "·", "<b> x": "X", "The": "·", "4 Seasons Tea": "4S"} {
		if got := Initials(in); got != want {
			t.Errorf("Initials(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Visible("a\x00\tb\n\xff\x7f"); got != "a␀\tb\n\uFFFD␡" {
		t.Errorf("Visible: %q", got)
	}
	at := time.Date(2026, 3, 14, 15, 9, 26, 5e8, time.FixedZone("", 3600))
	if got := string(Clock(at)); got != `<time datetime="2026-03-14T14:09:26.500Z">14:09:26.500</time>` {
		t.Error(got)
	}
	if Moment(time.Time{}) != "–" {
		t.Error("no time is not a dash")
	}
}
