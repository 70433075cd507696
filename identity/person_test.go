package identity

import (
	"strings"
	"testing"
)

func TestPeople_Authenticate(t *testing.T) {
	p := NewPeople(DemoPeople()...)
	if got, err := p.Authenticate("operator", "operator-password"); err != nil || got.Role != RoleOperator {
		t.Errorf("the right password: %+v, %v", got, err)
	}
	for name, c := range map[string][2]string{
		"wrong": {"operator", "wrong"}, "empty": {"operator", ""}, "another's": {"operator", "admin-password"}, "longer": {"operator", "operator-password "},
		"unknown": {"nobody", "operator-password"}, "nothing": {"", ""}, "NUL": {"operator", "operator-password\x00"},
	} {
		if got, err := p.Authenticate(c[0], c[1]); err == nil || got.Name != "" {
			t.Errorf("signed in with a password that is %s: want an error and no person, got %+v, %v", name, got, err)
		}
	}
	if _, err := NewPeople().Authenticate("", ""); err == nil {
		t.Error("somebody signs in where nobody may")
	}
}

func TestPrincipal_May(t *testing.T) {
	for name, c := range map[string]struct {
		p    Principal
		want bool
	}{
		"its role":           {Principal{Role: RoleMerchant}, true},
		"within the scope":   {Principal{Role: RoleMerchant, Scope: "events:read payments:read"}, true},
		"outside the scope":  {Principal{Role: RoleMerchant, Scope: "events:read"}, false},
		"part of a word":     {Principal{Role: RoleMerchant, Scope: "payments:reader xpayments:read"}, false},
		"outside its role":   {Principal{Role: RoleBank, Scope: "payments:read"}, false},
		"nobody, by a scope": {Principal{Scope: "payments:read"}, false},
	} {
		if c.p.May(ReadPayments) != c.want {
			t.Errorf("%s: %+v, payments:read: want %t, got %t", name, c.p, c.want, !c.want)
		}
	}
	for _, r := range Roles() {
		for _, p := range Permissions() {
			if (Principal{Role: r, Scope: r.Scope()}).May(p) != r.May(p) {
				t.Errorf("%s is another role by its own scope: %s", r, p)
			}
		}
	}
}

func TestApp_Permits(t *testing.T) {
	a := App{Redirects: []string{"http://127.0.0.1/cb?a=b", "https://app.example/back", "http://localhost:3000/cb", "com.example.app:/cb"}}
	for _, good := range append([]string{"http://127.0.0.1:1/cb?a=b", "http://127.0.0.1:65535/cb?a=b"}, a.Redirects...) {
		if !a.Permits(good) {
			t.Errorf("%s is refused", good)
		}
	}
	for _, bad := range []string{
		"", "http://[::1]:1/cb?a=b", "http://127.0.0.1:1/cb", "http://127.0.0.1:1/cb?a=b&c", "http://127.0.0.1:1/cb?a=b#x", "http://127.0.0.1:1", "http://127.0.0.2:1/cb?a=b",
		"http://localhost:3001/cb", "http://localhost/cb", "https://app.example:443/back", "https://app.example/back/", "https://APP.example/back", "com.example.app:/cb2",
		"http://127.0.0.1:1@evil.example/cb?a=b", "http://127.0.0.1:1\n/cb?a=b", strings.ToUpper(a.Redirects[0]),
	} {
		if a.Permits(bad) {
			t.Errorf("%q is permitted", bad)
		}
	}
}

func TestApp_CallsFrom(t *testing.T) {
	a := App{Redirects: []string{"http://127.0.0.1/cb?a=b", "https://App.example:443/back", "http://localhost:3000/cb", "com.example.app:/cb"}}
	for _, good := range []string{"http://127.0.0.1", "http://127.0.0.1:5173", "https://app.example", "http://localhost:3000"} {
		if !a.CallsFrom(good) {
			t.Errorf("%s is refused", good)
		}
	}
	for _, bad := range []string{
		"", "null", "https://app.example:443", "https://app.example/", "https://App.example", "http://app.example", "https://app.example.evil.example", "https://app.example:8443",
		"http://localhost", "http://localhost:3001", "https://127.0.0.1", "http://127.0.0.2", "http://[::1]:3000", "http://u@127.0.0.1", "com.example.app:", "com.example.app://",
	} {
		if a.CallsFrom(bad) {
			t.Errorf("%q is let in", bad)
		}
	}
}
