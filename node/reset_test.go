package node

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sandbank/bank/book"
	"sandbank/clock"
	"sandbank/identity"
	"sandbank/sim/outage"
	"sandbank/store/sqlite"
)

// Whatever was there is gone; who was known is known, and a seed makes the same again.
func TestReset_PutsEverythingBackToTheBeginning(t *testing.T) {
	n := started(t, Config{Seed: 7, FreezeAt: time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC), Log: slog.New(slog.DiscardHandler), Shop: &Shop{}})
	s := &plot{cast: &cast{T: t, base: n.URL(), tokens: map[string]string{}}, Node: n}
	s.token(identity.DemoShop)
	s.token(identity.DemoOperator)
	shop, amqp, page := n.ShopURL(), n.AMQPAddr(), n.BankPageURL()
	run := func() string {
		s.payments = nil
		for strings.Contains(s.must("demo-shop", "GET", "/v1/webhook-endpoints", ""), `"data":[]`) { // the shop's own comes first
			if clock.Pause(t.Context(), time.Millisecond) != nil {
				t.Fatal("the shop registers no endpoint")
			}
		}
		for i := range 20 {
			s.create(i)
		}
		s.must("demo-operator", "POST", "/sim/clock", `{"advance": {"by": "1h"}}`)
		return s.must("demo-operator", "GET", "/sim/transcript", "")
	}
	first := run()
	began := time.Now()
	s.must("demo-operator", "POST", "/sim/reset", "")
	t.Logf("a reset took %s", time.Since(began))
	if left := s.must("demo-operator", "GET", "/sim/transcript", ""); left != "" {
		t.Errorf("after a reset, the transcript has\n%s", left)
	}
	if list := s.must("demo-shop", "GET", "/v1/payments", ""); !strings.Contains(list, `"data":[]`) {
		t.Errorf("after a reset, the payments are %s", list)
	}
	if now := s.must("demo-operator", "GET", "/sim/clock", ""); !strings.Contains(now, `"now":"2027-01-01T08:00:00Z"`) {
		t.Errorf("after a reset, the clock is %s", now)
	}
	if shop != n.ShopURL() || amqp != n.AMQPAddr() || page != n.BankPageURL() {
		t.Errorf("the shop, the broker and the banks' page moved from %s, %s and %s to %s, %s and %s", shop, amqp, page, n.ShopURL(), n.AMQPAddr(), n.BankPageURL())
	}
	if line, one, other := difference(first, run()); line > 0 {
		t.Errorf("after a reset, the same commands give another transcript, from line %d on:\n%s\n%s", line, one, other)
	}
	if answer, err := http.Get(n.ShopURL()); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("the shop answers %v, %v", answer, err)
	} else {
		_ = answer.Body.Close()
	}
}

// A snapshot brings everything back, in memory and in a folder, and what follows is as it would have been.
func TestSnapshot_BringsEverythingBack(t *testing.T) {
	for name, other := range map[string]Config{"in memory": {}, "in a folder": {Store: Database{Folder: t.TempDir()}}} {
		t.Run(name, func(t *testing.T) {
			noon := time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC)
			s := staged(t, Config{Seed: 7, FreezeAt: noon})
			for i := range 20 {
				s.create(i)
			}
			s.must("demo-operator", "POST", "/sim/clock", `{"advance": {"by": "1m30s"}}`)
			packed := s.must("demo-operator", "GET", "/sim/snapshot", "")
			goOn := func(s *plot) string {
				s.must("demo-operator", "POST", "/sim/clock", `{"advance": {"by": "48h"}}`)
				return s.must("demo-operator", "GET", "/sim/transcript", "")
			}
			want := goOn(s)
			for _, again := range []*plot{s, staged(t, other)} {
				again.must("demo-operator", "PUT", "/sim/snapshot", packed)
				if line, one, two := difference(want, goOn(again)); line > 0 {
					t.Errorf("what followed differs from line %d on:\n%s\n%s", line, one, two)
				}
			}
		})
	}
}

// A snapshot that looks whole and with which nothing can begin is refused, and everything is as it was.
func TestSnapshot_ThatCannotBeginIsRefused(t *testing.T) {
	for name, c := range map[string]Config{"in memory": {}, "in a folder": {Store: Database{Folder: t.TempDir()}}} {
		t.Run(name, func(t *testing.T) {
			c.Seed, c.FreezeAt = 7, time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC)
			s := staged(t, c)
			for i := range 10 {
				s.create(i)
			}
			s.must("demo-operator", "POST", "/sim/clock", `{"advance": {"by": "1m30s"}}`)
			packed := s.must("demo-operator", "GET", "/sim/snapshot", "")
			was := s.must("demo-operator", "GET", "/sim/transcript", "")
			for what, bad := range map[string]string{
				"no clock":       altered(t, packed, func(s *snapshot) { s.database = unclocked(t, s.database) }),
				"a foreign bank": altered(t, packed, func(s *snapshot) { s.banks["NOPENL2A"] = []book.Record{{Bank: "NOPENL2A"}} }),
			} {
				if code, body := s.send("demo-operator", "PUT", "/sim/snapshot", bad, ""); code != http.StatusUnprocessableEntity || !strings.Contains(body, "snapshot_invalid") {
					t.Fatalf("%s: want 422 snapshot_invalid, got %d %s", what, code, body)
				}
				if line, one, two := difference(was, s.must("demo-operator", "GET", "/sim/transcript", "")); line > 0 {
					t.Errorf("%s: after the refusal the transcript differs from line %d on:\n%s\n%s", what, line, one, two)
				}
				s.must("demo-operator", "POST", "/sim/clock", `{"advance": {"by": "1h"}}`)
				was = s.must("demo-operator", "GET", "/sim/transcript", "")
			}
		})
	}
}

// A snapshot waits for no stream and no long poll, and neither does anybody else meanwhile.
func TestSnapshot_WaitsForNoStream(t *testing.T) {
	s := staged(t, Config{})
	stream := s.open("/v1/events/stream")
	id, _ := member(t, s.must("demo-shop", "POST", "/v1/payments", order), "id").(string)
	ctx, end := context.WithCancel(t.Context())
	var poll sync.WaitGroup
	poll.Go(func() {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/v1/events?after=1000000", nil)
		if err != nil {
			t.Error(err)
			return
		}
		r.Header.Set("Authorization", "Bearer "+s.tokens["demo-shop"])
		r.Header.Set("Prefer", "wait=60")
		if answer, err := http.DefaultClient.Do(r); err == nil {
			_ = answer.Body.Close()
		}
	})
	for range 3 {
		s.must("demo-operator", "GET", "/sim/snapshot", "")
	}
	end()
	poll.Wait()
	s.must("demo-shop", "POST", "/v1/payments/"+id+"/cancel", "")
	for lines := bufio.NewScanner(stream); lines.Scan(); {
		if strings.Contains(lines.Text(), id) {
			return
		}
	}
	t.Error("the stream did not outlast the snapshot")
}

// altered is a snapshot with something in it changed.
func altered(t *testing.T, packed string, change func(*snapshot)) string {
	t.Helper()
	s, err := readSnapshot(t.Context(), []byte(packed))
	if err != nil {
		t.Fatal(err)
	}
	change(&s)
	var again bytes.Buffer
	if err := s.write(&again); err != nil {
		t.Fatal(err)
	}
	return again.String()
}

// unclocked is a database whose clock nobody can read.
func unclocked(t *testing.T, image []byte) []byte {
	t.Helper()
	s, err := sqlite.OpenImage(t.Context(), image, outage.Seam{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.ChangeSecret(t.Context(), "clock", func([]byte) ([]byte, error) { return []byte(`{"version": "x"}`), nil }); err != nil {
		t.Fatal(err)
	}
	if image, err = s.Image(t.Context()); err != nil {
		t.Fatal(err)
	}
	return image
}

// staged is a node with a script's callers.
func staged(t *testing.T, c Config) *plot {
	t.Helper()
	c.Log = slog.New(slog.DiscardHandler)
	return played(t, started(t, c))
}

func played(t *testing.T, n *Node) *plot {
	t.Helper()
	s := &plot{cast: &cast{T: t, base: n.URL(), tokens: map[string]string{}}, Node: n}
	s.token(identity.DemoShop)
	s.token(identity.DemoOperator)
	return s
}

// Requests, streams and long polls that are under way while everything begins anew come to an end, and those
// that come meanwhile are answered by the next life.
func TestReset_UnderLoad(t *testing.T) {
	s := staged(t, Config{})
	stream := s.open("/v1/events/stream")
	var all sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				// A payment of the former life may be gone when it is asked for.
				if code, body := s.send("demo-shop", "POST", "/v1/payments", order, ""); code != http.StatusAccepted && code != http.StatusServiceUnavailable {
					t.Errorf("made a payment during a reset: want 202 or 503, got %d %s", code, body)
					return
				}
			}
		})
	}
	for range 5 {
		s.must("demo-operator", "POST", "/sim/reset", "")
	}
	close(stop)
	all.Wait()
	if _, err := io.Copy(io.Discard, stream); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the stream of the first life: want it ended, got %v", err)
	}
	s.must("demo-shop", "POST", "/v1/payments", order)
}

// open opens a stream, and returns its body.
func (s *plot) open(path string) io.Reader {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.base+path, nil)
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.tokens["demo-shop"])
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		s.Fatalf("opened %s: got %v, %v", path, answer, err)
	}
	s.Cleanup(func() { _ = answer.Body.Close() })
	return answer.Body
}

// mute is a store whose documents cannot be read while it is away.
type mute struct {
	Store
	away atomic.Bool
}

func (m *mute) Secret(ctx context.Context, name string, fresh func() ([]byte, error)) ([]byte, error) {
	if m.away.Load() {
		return nil, errors.New("the disk is away")
	}
	return m.Store.Secret(ctx, name, fresh)
}

// A reset for which what stays could not be read has ended nothing: streams go on, and so do requests.
func TestReset_ThatFailsLeavesEverythingAsItWas(t *testing.T) {
	store := &mute{}
	s := played(t, startedAround(t, Config{Log: slog.New(slog.DiscardHandler)}, func(whole Store) Store { store.Store = whole; return store }))
	stream := s.open("/v1/events/stream")
	store.away.Store(true)
	if code, body := s.send("demo-operator", "POST", "/sim/reset", "", ""); code != http.StatusInternalServerError {
		t.Errorf("reset without a word from the store: want 500, got %d %s", code, body)
	}
	store.away.Store(false)
	for i := range 20 {
		s.create(i)
	}
	for _, id := range s.payments {
		s.must("demo-shop", "GET", "/v1/payments/"+id, "")
	}
	s.must("demo-shop", "POST", "/v1/payments", strings.Replace(order, "{", `{"simulate": {"customer": [{"action": "pay"}]}, `, 1))
	lines := bufio.NewScanner(stream)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "data:") {
			return
		}
	}
	t.Errorf("the stream of before: want an event, got its end, %v", lines.Err())
}
