package dashboard

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sandbank/event"
	"sandbank/internal/processortest"
	"sandbank/payment"
)

func TestSince_IsWhatThePageShows(t *testing.T) {
	const older, same, newest, later = "evt_01890a5d-ac95-7", "evt_01890a5d-ac96-7a", "evt_01890a5d-ac96-7b", "evt_01890a5d-ac97-7"
	list := []event.Event{{ID: later}, {ID: newest}, {ID: same}, {ID: older}}
	got := since(list, newest)
	for id, want := range map[string]bool{older: true, newest: true, same: false, later: false} {
		if got[id] != want {
			t.Errorf("%s: %t", id, got[id])
		}
	}
	if got := since(list, ""); got[older] || got[later] {
		t.Errorf("of an empty page: %v", got)
	}
}

// A page gets what came after its newest event, each event once, on a line of its own.
func TestEvents_AreFollowed(t *testing.T) {
	b := newBoard(t)
	_, page := b.get("/events")
	_, rest, _ := strings.Cut(page, `data-rows="`)
	stream, _, _ := strings.Cut(rest, `"`)
	if !strings.HasPrefix(stream, "/events/live?after=evt_") {
		t.Fatalf("the page follows %q", stream)
	}
	_, q := b.Paid()
	b.Say(processortest.Answer(q, payment.OutcomeDeclined))
	heard := b.listen(strings.ReplaceAll(stream, "&amp;", "&"))
	if got := strings.Count(heard, "event: row\ndata: <li"); got == 0 || strings.Count(heard, "\n\n") != got || !strings.Contains(heard, "attempt.declined<") {
		t.Errorf("heard %d:\n%s", got, heard)
	}
	b.Clock.Advance(time.Second)
	_, q = b.Paid()
	b.Say(processortest.Answer(q, payment.OutcomeError))
	if again := b.listen("/events/live?after=" + firstID(heard)); !strings.Contains(again, "payment.failed<") {
		t.Errorf("a second later:\n%s", again)
	}
	for _, path := range []string{"/events/live?after=1", "/events/live?before=evt_1"} {
		if code, _ := b.get(path); code != http.StatusBadRequest {
			t.Errorf("%s: %d", path, code)
		}
	}
	if _, older := b.get("/events?before=" + firstID(heard)); !strings.Contains(older, `data-rows=""`) {
		t.Error("an older page follows what happens now")
	}
}

func firstID(heard string) string {
	_, rest, _ := strings.Cut(heard, "id: ")
	id, _, _ := strings.Cut(rest, "\n")
	return id
}

// listen reads the first words of a stream.
func (b *board) listen(path string) string {
	b.T.Helper()
	ctx, leave := context.WithCancel(b.T.Context())
	defer leave()
	w := &firstWords{ResponseRecorder: httptest.NewRecorder(), leave: leave}
	b.front.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
	return w.words.String()
}

// firstWords is a listener who leaves after the first words.
type firstWords struct {
	*httptest.ResponseRecorder
	words bytes.Buffer
	leave func()
}

func (w *firstWords) Write(p []byte) (int, error) { return w.words.Write(p) }
func (w *firstWords) Flush()                      { w.leave() }
