package stream_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/event/feed"
	"sandbank/internal/processortest"
	"sandbank/payment"
	"sandbank/web/stream"
)

// captured pays one payment, which makes two events.
func captured(r *processortest.Rig) payment.Payment {
	p, q := r.Paid()
	r.Say(processortest.Answer(q, payment.OutcomeApproved))
	return p
}

func TestSSE_TellsEachEventOnceInOrder(t *testing.T) {
	h, r := newHouse(t)
	captured(r)
	all, next := h.hear("?after=0"), h.hear("")
	all.notice("ready")
	if n := next.notice("ready"); n.LastSequence != 2 {
		t.Errorf("begins after %d", n.LastSequence)
	}
	for range 5 {
		captured(r)
	}
	want := bodiesOf(r, "demo-shop")
	if got := all.events(12); !slices.Equal(got, want) {
		t.Errorf("heard\n%s\nwant\n%s", got, want)
	}
	if got := next.events(10); !slices.Equal(got, want[2:]) {
		t.Errorf("who came later heard\n%s\nwant\n%s", got, want[2:])
	}
}

func TestSSE_GoesOnAfterACut(t *testing.T) {
	h, r := newHouse(t)
	e := h.hear("")
	last := fmt.Sprint(e.notice("ready").LastSequence)
	var heard []string
	for i := range 20 {
		captured(r)
		if i%3 == 0 { // what is made while nobody listens is heard as well
			e.cut()
			captured(r)
			e = h.hear("?after=0", "Last-Event-ID: "+last) // the URL's place is older
			e.notice("ready")
			heard = append(heard, e.events(4)...)
		} else {
			heard = append(heard, e.events(2)...)
		}
		last = idOf(heard[len(heard)-1])
	}
	if want := bodiesOf(r, "demo-shop"); !slices.Equal(heard, want) {
		t.Errorf("heard %d events, want %d:\n%s", len(heard), len(want), heard)
	}
}

func idOf(body string) string { return body[len(`{"id":"`):][:40] }

func TestSSE_BeginsWhereAsked(t *testing.T) {
	h, s, _ := newShelf(t, stream.Config{})
	own := s.put("demo-shop", 10, 1)
	foreign := s.put("other-shop", 5, 1)
	for name, test := range map[string]struct {
		query, header string
		after         int64
		notice        string
	}{
		"nowhere":              {"", "", 10, "ready"},
		"the beginning":        {"?after=0", "", 0, "ready"},
		"a number":             {"?after=4", "", 4, "ready"},
		"an id in the URL":     {"?last_event_id=" + own[6].ID, "", 7, "ready"},
		"an id in the header":  {"?after=2", own[6].ID, 7, "ready"},
		"a number, header":     {"", "3", 3, "ready"},
		"a foreign event":      {"", foreign[2].ID, 10, "reset"},
		"what is yet to come":  {"?after=11", "", 10, "reset"},
		"a huge number":        {"?after=9223372036854775807", "", 10, "reset"},
		"an id long forgotten": {"", "evt_01890a5d-ac96-774b-bcce-b302099a8057", 10, "reset"},
	} {
		var header []string
		if test.header != "" {
			header = []string{"Last-Event-ID: " + test.header}
		}
		e := h.hear(test.query, header...)
		n := e.notice(test.notice)
		if n.LastSequence != test.after || (n.Reason != "") != (test.notice == "reset") {
			t.Errorf("%s: %+v, want %d", name, n, test.after)
		}
		e.cut()
	}
}

func TestSSE_RefusesWhatItCannotRead(t *testing.T) {
	h, r := newHouse(t)
	p := r.Made()
	for _, path := range []string{"/v1/events/stream", "/v1/events/ws"} {
		more := []string{"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}
		for _, bad := range []string{"-1", "x", "+1", "1.5", "99999999999999999999", "evt_", "evt_01890A5D-AC96-774B-BCCE-B302099A8057", strings.Repeat("9", 5000)} {
			h.refused(path+"?after="+strings.ReplaceAll(bad, "+", "%2B"), 400, "query_invalid", more...)
			if p := h.refused(path, 400, "query_invalid", append(more, "Last-Event-ID: "+bad)...); len(p.Errors) != 1 || p.Errors[0].Pointer != "Last-Event-ID" {
				t.Errorf("asked with Last-Event-ID %q: want one complaint at that header, got %+v", bad, p)
			}
		}
		h.refused(path+"?types=payment.captured,payment.paid", 400, "query_invalid", more...)
		h.refused(path+"?types=,", 400, "query_invalid", more...)
		h.refused(path+"?payment=pay_1", 404, "payment_not_found", more...)
		h.refused(path+"?payment="+p.ID, 404, "payment_not_found", append(more, "Authorization: Bearer other-shop")...)
		h.refused(path, 401, "token_invalid", append(more, "Authorization: Bearer x")...)
	}
	if n := h.seats.Taken(); n != 0 {
		t.Errorf("%d seats are taken by nobody", n)
	}
}

func TestSSE_FiltersByPaymentAndType(t *testing.T) {
	h, r := newHouse(t)
	mine, other := r.Made(), captured(r)
	one, types, both := h.hear("?payment="+mine.ID), h.hear("?after=0&types=payment.captured,payment.canceled"),
		h.hear("?after=0&types=payment.captured&payment="+other.ID)
	for _, e := range []*ear{one, types, both} {
		e.notice("ready")
	}
	_, q := r.Try(mine.ID)
	captured(r)
	r.Say(processortest.Answer(q, payment.OutcomeApproved))
	all := bodiesOf(r, "demo-shop") // 1, 2 other; 3 mine; 4, 5 a third; 6 mine
	if got := one.events(2); !slices.Equal(got, []string{all[2], all[5]}) {
		t.Errorf("of one payment: %s", got)
	}
	if got := types.events(3); !slices.Equal(got, []string{all[1], all[4], all[5]}) {
		t.Errorf("of one type: %s", got)
	}
	if got := both.events(1); !slices.Equal(got, []string{all[1]}) {
		t.Errorf("of one type and payment: %s", got)
	}
}

// An abandoned payment is silent; only later events are heard.
func TestStreams_SilentAboutAbandonment(t *testing.T) {
	h, r := newHouse(t)
	e, k := h.hear(""), h.dial("")
	e.notice("ready")
	k.notice("ready")
	p := r.Made()
	r.Elapse(16*time.Minute, p.ID, payment.Abandoned)
	for _, bic := range []string{"SANDNL2A", "SLOWDE2A"} {
		r.ObserveBank(processortest.Health(bic))
	}
	captured(r)
	got, want := e.events(2), bodiesOf(r, "demo-shop")
	if !slices.Equal(got, want) || len(want) != 2 || strings.Contains(strings.Join(got, ""), p.ID) {
		t.Errorf("heard %s", got)
	}
	if got := k.events(2); !slices.Equal(got, want) {
		t.Errorf("heard over WebSocket %s", got)
	}
}

func TestSSE_WritesTheFormatAndHeartbeats(t *testing.T) {
	h, s, f := newShelf(t, stream.Config{})
	answer := h.get("/v1/events/stream")
	in := bufio.NewReader(answer.Body)
	block := func() string {
		t.Helper()
		var b strings.Builder
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if b.WriteString(line); line == "\n" {
				return b.String()
			}
		}
	}
	if got := block(); got != "retry: 2000\nid: 0\nevent: ready\ndata: {\"type\":\"ready\",\"last_sequence\":0}\n\n" {
		t.Errorf("begins with %q", got)
	}
	for range 3 {
		h.clock.AwaitTimers(1)
		h.clock.Advance(15 * time.Second)
		if got := block(); !strings.HasPrefix(got, ":") {
			t.Errorf("instead of a heartbeat: %q", got)
		}
	}
	e := s.put("demo-shop", 1, 5)
	f.Committed(e)
	if got, want := block(), "id: "+e[0].ID+"\ndata: "+string(e[0].Body())+"\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if answer.Header.Get("Cache-Control") != "no-store" || answer.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("headers %v", answer.Header)
	}
}

func TestSSE_EndsWithItsToken(t *testing.T) {
	h, s, f := newShelf(t, stream.Config{})
	e := h.hear("", "Authorization: Bearer demo-shop-for-a-minute")
	e.notice("ready")
	for range 4 {
		h.clock.AwaitTimers(1)
		h.clock.Advance(15 * time.Second)
	}
	e.ended()
	// Neither does a busy stream outlive its token.
	e = h.hear("?after=0", "Authorization: Bearer demo-shop-for-a-minute")
	e.notice("ready")
	h.clock.AwaitTimers(1)
	h.clock.Advance(time.Minute)
	f.Committed(s.put("demo-shop", 1, 1))
	e.ended()
}

// The stream of a revoked token ends at once, with a reason; other streams go
// on.
func TestSSE_EndsWhenItsTokenIsRevoked(t *testing.T) {
	h, s, f := newShelf(t, stream.Config{})
	e, other := h.hear(""), h.hear("", "Authorization: Bearer other-shop")
	e.notice("ready")
	other.notice("ready")
	if n := h.watch.revoke("demo-shop"); n != 1 {
		t.Fatalf("%d streams are watched", n)
	}
	e.notice("revoked")
	e.ended()
	f.Committed(s.put("other-shop", 1, 1))
	other.events(1)
}

func TestStreams_AreBounded(t *testing.T) {
	h, _, _ := newShelf(t, stream.Config{Seats: feed.NewSeats(2, 3)})
	a, b := h.hear(""), h.dial("")
	a.notice("ready")
	b.notice("ready")
	h.refused("/v1/events/stream", 429, "too_many_streams")
	if got := h.get("/v1/events/stream").Header.Get("Retry-After"); got == "" {
		t.Error("there is no Retry-After")
	}
	other := h.hear("", "Authorization: Bearer other-shop")
	other.notice("ready")
	h.refused("/v1/events/stream", 503, "streams_full", "Authorization: Bearer other-shop")
	a.cut()
	awaitSeats(t, h, 2)
	h.hear("").notice("ready")
}

func awaitSeats(t *testing.T, h *house, want int) {
	t.Helper()
	for give := time.Now().Add(5 * time.Minute); h.seats.Taken() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(give) {
			t.Fatalf("%d seats are taken, want %d", h.seats.Taken(), want)
		}
	}
}

func TestSSE_EndsAtShutdown(t *testing.T) {
	h, _, _ := newShelf(t, stream.Config{})
	e := h.hear("")
	e.notice("ready")
	h.Close()
	e.ended()
	<-h.seats.Close()
	h.refused("/v1/events/stream", 503, "stopping")
}

// stalled opens a stream and reads nothing of it, with little room in between.
func stalled(t *testing.T, h *house, path, header string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.(*net.TCPConn).SetReadBuffer(4096)
	_, err = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer demo-shop\r\n"+header+"\r\n")
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

const handshake = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// stall is how long a reader may take nothing in these tests: long enough that one which reads is
// not taken for one which does not, on a busy machine either.
const stall = 3 * time.Second

// A reader that takes nothing is dropped, while the others hear everything.
func TestStreams_DropAStalledReader(t *testing.T) {
	h, s, f := newShelf(t, stream.Config{Patience: stall})
	e, k := h.hear(""), h.dial("")
	e.notice("ready")
	k.notice("ready")
	for range 3 {
		stalled(t, h, "/v1/events/stream", "")
		stalled(t, h, "/v1/events/ws", handshake)
	}
	awaitSeats(t, h, 8)
	const n, size = 120, 100_000 // 12 MB: more than any buffer on the way
	for range n / 10 {
		f.Committed(s.put("demo-shop", 10, size))
		for _, bodies := range [][]string{e.events(10), k.events(10)} {
			if len(bodies[0]) < size {
				t.Errorf("%d bytes", len(bodies[0]))
			}
		}
	}
	awaitSeats(t, h, 2)
	f.Committed(s.put("demo-shop", 1, 1))
	e.events(1)
	k.events(1)
}

// The end does not wait for a reader that takes nothing.
func TestStreams_ShutdownCutsAStalledReader(t *testing.T) {
	h, s, f := newShelf(t, stream.Config{Patience: time.Hour})
	stalled(t, h, "/v1/events/stream", "")
	stalled(t, h, "/v1/events/ws", handshake)
	awaitSeats(t, h, 2)
	f.Committed(s.put("demo-shop", 120, 100_000))
	ended := make(chan struct{})
	go func() { defer close(ended); h.Close(); <-h.seats.Close() }()
	select {
	case <-ended:
	case <-time.After(5 * time.Minute):
		t.Error("the end waits for readers that take nothing")
	}
}

func TestSSE_ABrokenStoreIsRefusedOrEndsTheStream(t *testing.T) {
	h, s, f := newShelf(t, stream.Config{})
	s.put("demo-shop", 2000, 1) // more than is kept in memory
	e := h.hear("?after=0")
	e.notice("ready")
	s.mu.Lock()
	s.broken = errors.New("away")
	s.mu.Unlock()
	f.Stale("demo-shop")
	if answer := h.get("/v1/events/stream"); answer.StatusCode != http.StatusInternalServerError {
		t.Errorf("without a store: %s", answer.Status)
	}
}
