package gate

import (
	"net/http/httptest"
	"testing"

	"sandbank/chance"
	"sandbank/clock"
)

func TestPlain_LeadsPeopleAndTellsPrograms(t *testing.T) {
	g := &Gate{Base: "https://pay.example", Clock: clock.NewManual(noon), Chance: chance.Seeded(1)}
	for name, c := range map[string]struct {
		method, target string
		headers        []string
		location       string // "" for a refusal
	}{
		"page":                {"GET", "/docs?a=%2F&b", nil, "https://pay.example/docs?a=%2F&b"},
		"HEAD":                {"HEAD", "/", nil, "https://pay.example/"},
		"escaped path":        {"GET", "/pay/a%2Fb", nil, "https://pay.example/pay/a%2Fb"},
		"another host's path": {"GET", "//evil.example/x", nil, "https://pay.example//evil.example/x"},
		"another host":        {"GET", "http://evil.example/x", nil, "https://pay.example/x"},
		"form":                {"POST", "/pay/x", nil, ""},
		"API":                 {"GET", "/v1/banks", nil, ""},
		"a token at a page":   {"GET", "/", []string{"Authorization", "Bearer x"}, ""},
		"token endpoint":      {"POST", "/oauth/token", nil, ""},
		"WebSocket":           {"GET", "/", []string{"Upgrade", "websocket"}, ""},
		"GraphQL":             {"GET", "/graphql", nil, ""},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		r.URL = httptest.NewRequest(c.method, c.target, nil).URL
		if c.target == "//evil.example/x" { // as a server reads it
			r.URL.Host, r.URL.Path = "", c.target
		}
		for i := 0; i < len(c.headers); i += 2 {
			r.Header.Set(c.headers[i], c.headers[i+1])
		}
		w := httptest.NewRecorder()
		g.Plain().ServeHTTP(w, r)
		want := 308
		if c.location == "" {
			want = 403
		}
		if w.Code != want || w.Header().Get("Location") != c.location {
			t.Errorf("asked over plain HTTP, %s: want %d to %q, got %d to %q", name, want, c.location, w.Code, w.Header().Get("Location"))
		}
	}
}
