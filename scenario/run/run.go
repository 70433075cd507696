package run

import (
	"slices"
	"strings"
	"time"

	"sandbank/scenario"
)

// State is how far a run, or a scenario of it, has come.
type State string

// The states.
const (
	StateWaiting State = "waiting"
	StateRunning State = "running"
	StateEnded   State = "ended"
)

// Run is one or several scenarios that are carried out, or were.
type Run struct {
	ID      string
	Title   string
	Owner   string    // the merchant whose it is; "" for the operators'
	By      string    // who began it; "" where nobody signs in
	From    string    // the name of the library's scenario; "" for all of it, or for a text
	Text    string    // the file, where somebody brought one
	BeganAt time.Time // of simulated time
	State   State
	Items   []Item
}

// Item is one scenario of a run.
type Item struct {
	Scenario scenario.Scenario
	State    State
	Lines    []scenario.Line // so far
	Result   scenario.Result // once it has ended; its transcript is Lines
}

// Bounds of what is kept of one scenario.
const (
	maxLines = 5000
	maxText  = 2000 // bytes of one line
)

// say adds a line to what has happened.
func (it *Item) say(l scenario.Line) {
	if len(it.Lines) < maxLines {
		l.Text = cut(l.Text)
		it.Lines = append(it.Lines, l)
	}
}

// end keeps a result.
func (it *Item) end(r scenario.Result) {
	if f := r.Failure; f != nil {
		shorter := *f
		shorter.Expected, shorter.Seen, shorter.Hops = cut(f.Expected), cut(f.Seen), nil
		r.Failure = &shorter
	}
	r.Transcript = nil // what was told of it is kept
	it.State, it.Result = StateEnded, r
}

// cut is a text that is not too long to keep.
func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}

// Copied is the run as it is now. Lines are only added, so that they are shared.
func (r Run) Copied() Run {
	r.Items = slices.Clone(r.Items)
	for i := range r.Items {
		r.Items[i].Lines = slices.Clip(r.Items[i].Lines)
	}
	return r
}

// Outcome is what became of a run: that of its worst scenario, and "" while it is under way.
func (r Run) Outcome() scenario.Outcome {
	if r.State != StateEnded {
		return ""
	}
	worst := scenario.Held
	rank := []scenario.Outcome{scenario.Held, scenario.NotRun, scenario.TimedOut, scenario.Failed}
	for _, it := range r.Items {
		if slices.Index(rank, it.Result.Outcome) > slices.Index(rank, worst) {
			worst = it.Result.Outcome
		}
	}
	return worst
}

// Ended is how many of its scenarios have ended, and Held how many of those held.
func (r Run) Ended() (ended, held int) {
	for _, it := range r.Items {
		if it.State == StateEnded {
			if ended++; it.Result.Outcome == scenario.Held {
				held++
			}
		}
	}
	return ended, held
}

// Took is how much of the computer's time its scenarios took.
func (r Run) Took() (sum time.Duration) {
	for _, it := range r.Items {
		sum += it.Result.Took
	}
	return sum
}

// Step changes whenever there is more to see.
func (r Run) Step() (n int) {
	for _, it := range r.Items {
		n += len(it.Lines)
		switch it.State {
		case StateWaiting:
		case StateRunning:
			n++
		case StateEnded:
			n += 2
		}
	}
	if r.State == StateEnded {
		n++
	}
	return n
}
