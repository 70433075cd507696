package embedded_test

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/scenario"
	"sandbank/scenario/embedded"
	"sandbank/scenario/lesson"
	"sandbank/scenarios"
)

// seen are words of the drawing at the end of each lesson: what it is about.
var seen = map[string]string{
	"answer-now": "settles the capture, €19.99", "silence": "15 min of silence", "late": "(late): changes nothing", "twice": "payment.processing", "challenge": "the bank did not answer in time",
	"webhook-first": "payment.captured", "refund-fails": "refund.failed", "day-with-break": "a break: wrong amount", "outage": "The broker is cut off",
}

// Every lesson is given to its end: each scene leaves a page, and the last one shows what the lesson is about.
func TestLesson_EachShowsWhatItIsAbout(t *testing.T) {
	t.Parallel()
	b := lesson.New(lesson.Config{Play: embedded.Lesson, Clock: clock.NewManual(time.Date(2030, 1, 7, 9, 0, 0, 0, time.UTC)), Chance: chance.Crypto(), Most: 20})
	t.Cleanup(func() { b.Close(t.Context()) })
	waits := false
	for _, name := range scenarios.Lessons() {
		t.Run(name, func(t *testing.T) {
			list, err := scenario.Read(scenarios.LessonFolder+"/"+name+".yaml", func(name string) ([]byte, error) { return fs.ReadFile(scenarios.Files(), name) })
			if err != nil {
				t.Fatal(err)
			}
			l, err := b.Begin(t.Context(), lesson.Lesson{Name: name, Scenario: list[0]})
			for n := 0; err == nil && l.CanGoOn() && n < 60; n++ {
				l, err = b.Next(t.Context(), l.ID)
				waits = waits || strings.Contains(string(l.Page().Picture.Body), "waits in the outbox")
			}
			if err != nil || l.Trouble != "" || l.Shown != len(l.Scenes) || len(l.Pages) != len(l.Scenes)+1 {
				t.Fatalf("it stops at %d of %d, with %d pages: %s, %v", l.Shown, len(l.Scenes), len(l.Pages), l.Trouble, err)
			}
			if asks := questions(l); asks < 2 || len(l.Scenes) < 4 {
				t.Errorf("it has %d questions in %d scenes, expected 2 in 4, or more", asks, len(l.Scenes))
			}
			if p := l.Page().Picture; !strings.Contains(string(p.Body), seen[name]) {
				var text []string
				for _, line := range p.Lines {
					text = append(text, line.Gap+" "+line.Text)
				}
				t.Errorf("its last page does not show %q, but of %s:\n%s", seen[name], l.Page().Focus, strings.Join(text, "\n"))
			}
			b.End(l.ID)
		})
	}
	if !waits {
		t.Error("no lesson shows a request that waits in the outbox")
	}
}

func questions(l lesson.Lesson) (n int) {
	for _, s := range l.Scenes {
		if s.Ask != nil {
			n++
		}
		if s.Notes == "" && s.Ask != nil {
			n -= 10 // whoever asks needs something to say
		}
	}
	return n
}
