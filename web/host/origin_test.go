package host

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestFromOwnPage(t *testing.T) {
	const public = "https://Pay.example:443/"
	for _, c := range []struct {
		origin, host string
		own          bool
	}{
		{"https://pay.example", "127.0.0.1:8080", true}, // a proxy that replaces Host
		{"https://pay.example", "pay.example", true},
		{"http://localhost:8080", "localhost:8080", true},
		{"", "127.0.0.1:8080", true},
		{"null", "127.0.0.1:8080", false},
		{"http://pay.example", "127.0.0.1:8080", false},
		{"https://pay.example:8443", "127.0.0.1:8080", false},
		{"https://pay.example.evil.example", "127.0.0.1:8080", false},
		{"https://evil.example", "127.0.0.1:8080", false},
		{"https://evil.example", "pay.example", false},
		{"//127.0.0.1:8080", "127.0.0.1:8081", false},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Host = c.host
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if FromOwnPage(r, public) != c.own {
			t.Errorf("%s at %s: own is %t", c.origin, c.host, !c.own)
		}
		if err := OwnForms(public).Check(r); (err == nil) != c.own {
			t.Errorf("a form from %s at %s: %v", c.origin, c.host, err)
		}
	}
	if Origin("pay.example") != "" || Origin("http://A.example:80/x") != "http://a.example" {
		t.Error(Origin("pay.example"), Origin("http://A.example:80/x"))
	}
}
