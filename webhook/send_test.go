package webhook

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/event"
	"sandbank/secret"
)

// sender is one that may dial anything, with a short patience.
func sender(t *testing.T, patience time.Duration) *Sender {
	t.Helper()
	s := NewSender(func(netip.AddrPort) error { return nil }, clock.NewManual(noon))
	s.client.Timeout = patience
	t.Cleanup(s.Close)
	return s
}

func receiver(t *testing.T, handle http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server.URL
}

func to(url string) Delivery {
	return Delivery{
		ID: "del_1", Endpoint: Endpoint{ID: "whe_1", URL: url, Keys: Keys{Secret: secret.Kept(sharedSecret)}, Enabled: true},
		Event: event.Event{ID: "evt_1", Type: "payment.captured", Sequence: 3, At: noon, Data: []byte(`{"id":"pay_1"}`)},
	}
}

func TestSend_SignsWhatItSends(t *testing.T) {
	url := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := Verify(sharedSecret, r.Header, body, noon); err != nil {
			t.Error(err)
		}
		if r.Method != http.MethodPost || r.Header.Get(HeaderID) != "evt_1" || r.Header.Get("Content-Type") != "application/json" || string(body) != string(to("").Event.Body()) {
			t.Errorf("the receiver wanted a POST of evt_1 as application/json with the event's body, got %s %v %s", r.Method, r.Header, body)
		}
		_, _ = io.WriteString(w, "thanks\xff")
	})
	a := sender(t, time.Minute).Send(t.Context(), to(url))
	if a.Code != 200 || a.Error != "" || a.Response != "thanks?" || a.At != noon || a.RetryAfter != 0 {
		t.Errorf("a receiver answered 200 with thanks and a byte that is no UTF-8: want this kept as thanks? at %s, got %+v", noon, a)
	}
}

func TestSend_FollowsNoRedirect(t *testing.T) {
	elsewhere := receiver(t, func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	for _, code := range []int{301, 302, 303, 307, 308} {
		url := receiver(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, code) })
		if a := sender(t, time.Minute).Send(t.Context(), to(url)); a.Code != code || !strings.Contains(a.Error, "redirect") {
			t.Errorf("the receiver redirected with %d: want that code and an error about the redirect, got %+v", code, a)
		}
	}
}

func TestSend_HonorsRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": 0, "0": 0, "-5": 0, "90": 90 * time.Second, "3600": time.Hour, "86400": time.Hour, "9999999999999": time.Hour, "soon": 0, "1.5": 0,
		"Sun, 22 Nov 2026 12:02:00 GMT": 2 * time.Minute, // the other form (RFC 9110, section 10.2.3)
		"Sun, 22 Nov 2026 11:00:00 GMT": 0,
		"Mon, 23 Nov 2026 12:00:00 GMT": time.Hour,
	} {
		url := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(429)
		})
		if a := sender(t, time.Minute).Send(t.Context(), to(url)); a.Code != 429 || a.RetryAfter != want {
			t.Errorf("Retry-After %q: %+v, want %s", header, a, want)
		}
	}
}

func TestSend_CapsAnEndlessBody(t *testing.T) {
	ended := make(chan struct{})
	url := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		defer close(ended)
		for line := []byte(strings.Repeat("x", 1024)); ; {
			if _, err := w.Write(line); err != nil {
				return
			}
		}
	})
	a := sender(t, time.Minute).Send(t.Context(), to(url))
	if a.Code != 200 || len(a.Response) != MaxKept {
		t.Errorf("%d with %d bytes: %s", a.Code, len(a.Response), a.Error)
	}
	<-ended // the connection was given up, not read to its end
}

func TestSend_EndsWithASlowReceiver(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() },
		"slow body": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(w, "begun")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		limit := 50 * time.Millisecond
		a := sender(t, limit).Send(t.Context(), to(receiver(t, handle)))
		for name == "slow body" && a.Code == 0 && limit < 5*time.Minute { // the machine was slower than the limit
			limit *= 4
			a = sender(t, limit).Send(t.Context(), to(receiver(t, handle)))
		}
		if a.Took < limit || name == "no answer" && (a.Code != 0 || a.Error == "") || name == "slow body" && a.Code != 200 {
			t.Errorf("sent with a limit of %s to a receiver with %s: want the try to take that long and to end, got %+v", limit, name, a)
		}
	}
}

func TestSend_ReportsBrokenConnections(t *testing.T) {
	for name, answer := range map[string]func(net.Conn){
		"reset":         func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) },
		"closed":        func(net.Conn) {},
		"not HTTP":      func(c net.Conn) { _, _ = io.WriteString(c, "hello\r\n\r\n") },
		"endless lines": func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 100_000)) },
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var done sync.WaitGroup
		done.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = c.Read(make([]byte, 4096))
				answer(c)
				_ = c.Close()
			}
		})
		if a := sender(t, time.Minute).Send(t.Context(), to("http://"+l.Addr().String())); a.Code != 0 || a.Error == "" {
			t.Errorf("sent over a connection that ends with %s: want an error and no answer, got %+v", name, a)
		}
		_ = l.Close()
		done.Wait()
	}
}

func TestSend_EndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	if a := sender(t, time.Minute).Send(ctx, to(url)); a.Code != 0 || a.Error == "" {
		t.Errorf("sent with a context that ends meanwhile: want an error and no answer, got %+v", a)
	}
}

// Two merchants' endpoints may be paths of one host: one that hangs must not
// take the connections that the other one needs.
func TestSend_SlowPathHoldsUpNoOtherOfItsHost(t *testing.T) {
	var hanging sync.WaitGroup
	hanging.Add(PerEndpoint)
	url := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/slow" {
			hanging.Done()
			<-r.Context().Done()
		}
	})
	s := sender(t, time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range PerEndpoint {
		all.Go(func() { s.Send(ctx, to(url+"/slow")) })
	}
	hanging.Wait()
	patience, enough := context.WithTimeout(t.Context(), 5*time.Minute)
	defer enough()
	if a := s.Send(patience, to(url+"/fast")); a.Code != 200 {
		t.Errorf("the other path: %+v", a)
	}
	cancel()
	all.Wait()
}

// A try has a simulated time, and a signature by the computer's, which receivers have; its request
// can be rebuilt from both.
func TestTry_IsToldInSimulatedTime(t *testing.T) {
	url := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := Verify(sharedSecret, r.Header, body, noon); err != nil {
			t.Error(err)
		}
	})
	years := noon.AddDate(5, 0, 0)
	d := NewDeliverer(newShelf(), sender(t, time.Minute).Send, clock.NewManual(years), clock.NewManual(noon), Spreader(0), nil)
	a := d.Try(t.Context(), to(url))
	if a.Code != 200 || !a.At.Equal(years) {
		t.Errorf("tried at the simulated time %s: want code 200 at that time, got %+v", years, a)
	}
	head, body := a.Sent(to(url).Event)
	h := http.Header{}
	for _, line := range head {
		h.Set(line.Name, line.Value)
	}
	if err := Verify(sharedSecret, h, body, noon); err != nil {
		t.Errorf("written anew: %v", err)
	}
}
