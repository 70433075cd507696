package dashboard

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sandbank/identity"
	"sandbank/processor"
	"sandbank/scenario"
	"sandbank/scenario/lesson"
	"sandbank/web/sequence"
)

// lectured plays a lesson of which nothing is seen but that its steps are done. The one called Fails fails at its end.
func lectured(ctx context.Context, s scenario.Scenario, at func(context.Context, lesson.Position) error) scenario.Result {
	r := scenario.Result{Scenario: s, Outcome: scenario.Held}
	picture := func(context.Context, string) (sequence.Picture, error) {
		return sequence.Picture{Title: "<b>order</b>", Amount: "€1.00", Status: "created"}, nil
	}
	for n := range len(s.Steps) + 1 {
		if r.Err = at(ctx, lesson.Position{Done: n, Payments: map[string]string{"order": "pay_1"}, Picture: picture}); r.Err != nil {
			r.Outcome = scenario.NotRun
			return r
		}
	}
	return r
}

// giving is a lesson of the demo shop's.
func (b *board) giving() string {
	b.T.Helper()
	_, silence, _ := (&Dashboard{}).lessonNamed("silence")
	l, err := b.lessons.Begin(b.T.Context(), lesson.Lesson{Name: "silence", Owner: identity.DemoShop.Merchant.ID, Scenario: silence.Scenario})
	b.OK(err)
	return l.ID
}

func TestLessons_FromTheListToTheEnd(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	b.has("/lessons", "An answer now, a result later", "The outage", "questions")
	b.has("/lessons/silence", "Begin the lesson", "The customer sees the price and closes the window.")
	w := b.post("/lessons", url.Values{"lesson": {"silence"}})
	at := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(at, "/lessons/given/les_") {
		t.Fatalf("beginning: expected 303 to the lesson, got %d to %q: %s", w.Code, at, w.Body)
	}
	b.has(at, "A customer opens the checkout", `aria-keyshortcuts="Space ArrowRight"`)
	move := func(way string) {
		t.Helper()
		if w := b.post(at+"/"+way, nil); w.Code != http.StatusSeeOther || w.Header().Get("Location") != at {
			t.Fatalf("%s: expected 303 to the lesson, got %d to %q", way, w.Code, w.Header().Get("Location"))
		}
	}
	move("next")
	b.has(at, "1/5", "reserves the last mug", "&lt;b&gt;order&lt;/b&gt;")
	move("next")
	move("next")
	b.has(at, "Which message does the shop get?", ">Answer ")
	b.has(at+"/notes", "You ask:", "(right)")
	move("next")
	b.has(at, "3/5", "None")
	move("back")
	b.has(at, "2/5")
	if w := b.post(at+"/next", url.Values{"window": {"notes"}}); w.Header().Get("Location") != at+"/notes" {
		t.Errorf("from the speaker's window a move leads to %q", w.Header().Get("Location"))
	}
	move("again")
	b.has(at, "5 steps", "show-cover")
	if w := b.post(at+"/end", nil); w.Header().Get("Location") != "/lessons" {
		t.Errorf("the end leads to %q", w.Header().Get("Location"))
	}
	for _, path := range []string{at, at + "/notes", at + "/live", "/lessons/none", "/lessons/given/les_0"} {
		if code, _ := b.get(path); code != http.StatusNotFound {
			t.Errorf("%s: expected 404, got %d", path, code)
		}
	}
	if w := b.post("/lessons", url.Values{"lesson": {"none"}}); w.Code != http.StatusBadRequest {
		t.Errorf("a lesson that is none: expected 400, got %d", w.Code)
	}
}

func TestClass_ShowsItsCodeAndWhoIsHere(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	code, _ := b.pupils.Code()
	s, _, err := b.pupils.Join(t.Context(), code)
	b.OK(err)
	b.has("/class", "QR code of the address to join at", code[:3], s.Merchant.Name)
	b.has("/class/wall", s.Merchant.Name, "nothing yet")
	list, err := b.Disk.Payments(t.Context(), processor.Filter{Limit: 1})
	b.OK(err)
	if status, _ := b.get("/class/wall?payment=" + list[0].ID); status != http.StatusNotFound {
		t.Errorf("a payment of somebody else on the wall: expected 404, got %d", status)
	}

	if w := b.post("/class/end", nil); w.Code != http.StatusSeeOther {
		t.Errorf("the end of the class: expected 303, got %d", w.Code)
	}
	if again, _ := b.pupils.Code(); again == code || len(b.pupils.Students()) != 0 {
		t.Error("after its end the class has the same code, or students")
	}
}

// Lessons of one's own stand beside those that ship, and are given like them.
func TestLessons_OfOnesOwn(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	mine, err := lesson.Read("card.yaml", func(string) ([]byte, error) {
		return []byte("name: A card of mine\nstory: What I tell.\nsteps:\n  - create: {amount: 1.00 EUR}\n    story: The shop asks.\n  - expect: {status: created}\n"), nil
	})
	b.OK(err)
	b.dashboard.OwnLessons = []lesson.Entry{mine}
	b.has("/lessons", "Your lessons", "A card of mine", "An answer now, a result later")
	b.has("/lessons/card", "Begin the lesson", "The shop asks.")
	if w := b.post("/lessons", url.Values{"lesson": {"card"}}); w.Code != http.StatusSeeOther {
		t.Errorf("beginning it: expected 303, got %d: %s", w.Code, w.Body)
	}
}
