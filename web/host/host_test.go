package host

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

func asking(name, local string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host = name
	if local != "" {
		at, err := net.ResolveTCPAddr("tcp", local)
		if err != nil {
			panic(err)
		}
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, at))
	}
	return r
}

func TestNames_ServeTheirOwn(t *testing.T) {
	n := Of("https://Pay.Example:8443/", "0.0.0.0:8080", "bank.test", "*.team.test", "", "10.1.2.3", "[2001:db8::1]:80")
	for _, name := range []string{
		"localhost", "localhost:8080", "LOCALHOST", "localhost.", "a.b.localhost:1", "127.0.0.1", "127.9.8.7:8080", "[::1]:8080", "[::1]", "[::ffff:127.0.0.1]",
		"pay.example", "pay.example:8443", "PAY.example:1", "pay.example.", "bank.test", "a.team.test", "a.b.team.test:8080", "10.1.2.3:99", "[2001:db8::1]", "", "192.0.2.7:8080",
	} {
		if !n.Serves(asking(name, "192.0.2.7:8080")) {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range []string{
		"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "notlocalhost", "xlocalhost:8080", "pay.example.evil.example", "evilpay.example",
		"team.test", "evilteam.test", "0.0.0.0", "[::]", "10.1.2.4", "192.0.2.8", "2130706433", "0x7f.1", "127.1", "[::1%25lo]x", "pay.example@evil.example", "..", "*", "[", "evil.example:80:80",
	} {
		if n.Serves(asking(name, "192.0.2.7:8080")) {
			t.Errorf("%q is served", name)
		}
	}
	if (Names{}).Serves(asking("192.0.2.7", "")) || !(Names{}).Serves(asking("localhost:1", "")) {
		t.Error("a server without names is not of loopback alone")
	}
}

func TestCheck(t *testing.T) {
	for _, good := range []string{"pay.test", "*.pay.test", "192.0.2.7", "2001:db8::1", "[2001:db8::1]", "processor"} {
		if err := Check(good); err != nil {
			t.Errorf("checked the host %s: want it accepted, got %v", good, err)
		}
	}
	for _, bad := range []string{"", "*", "*.", "http://pay.test", "pay.test:8080", "pay.test/", "a b", "a,b", "*.*.test", "*pay.test", "*.192.0.2.7:1"} {
		if Check(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestGuard_RefusesBeforeAnythingElse(t *testing.T) {
	reached := false
	h := Of().Guard(func(w http.ResponseWriter, r *http.Request) { http.Error(w, Message(r)+Hint, Status) },
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, asking("evil.example:8080", "127.0.0.1:8080"))
	if w.Code != http.StatusMisdirectedRequest || reached {
		t.Errorf("%d %s, reached: %t", w.Code, w.Body, reached)
	}
	h.ServeHTTP(httptest.NewRecorder(), asking("localhost:8080", ""))
	if !reached {
		t.Error("nothing is let through")
	}
}
