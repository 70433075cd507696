package lesson

import (
	"context"
	"slices"
	"time"

	"sandbank/scenario"
	"sandbank/web/sequence"
)

// Position is where a lesson stands before a step.
type Position struct {
	Done     int               // steps
	Payments map[string]string // ids, by name
	Passed   time.Duration     // of simulated time
	// Picture draws a payment.
	Picture func(ctx context.Context, id string) (sequence.Picture, error)
}

// Player carries a scenario out. It calls at before each step and after the last, and goes on when that returns;
// its error ends the run.
type Player func(ctx context.Context, s scenario.Scenario, at func(context.Context, Position) error) scenario.Result

// Page is what is seen after a scene.
type Page struct {
	Payments []Chip
	Focus    string // the name of the payment that is drawn; "" for none
	Picture  sequence.Picture
	Passed   time.Duration // of simulated time
}

// Chip is a payment of the lesson in a few words.
type Chip struct{ Name, Title, Amount, Status string }

// Lesson is a lesson as it is given.
type Lesson struct {
	ID       string
	Name     string // of its file
	Owner    string // the merchant whose it is; "" for the operators'
	By       string // who gives it; "" where nobody signs in
	Scenario scenario.Scenario
	Scenes   []scenario.Scene
	Pages    []Page // one for before the first scene, and one for each scene that is done
	Shown    int    // how many scenes are shown
	Asking   bool   // the question of the next scene is shown
	Busy     bool   // a scene is carried out
	Over     bool   // it cannot go on: it has failed, or its time is up
	Trouble  string // why, in words; "" where nothing went wrong
	Revision int    // grows with every change
}

// Page is what is seen now.
func (l Lesson) Page() Page {
	if len(l.Pages) == 0 {
		return Page{}
	}
	return l.Pages[min(l.Shown, len(l.Pages)-1)]
}

// Scene is the scene that is shown; false before the first.
func (l Lesson) Scene() (scenario.Scene, bool) {
	if l.Shown == 0 {
		return scenario.Scene{}, false
	}
	return l.Scenes[l.Shown-1], true
}

// Coming is the scene after the shown one; false after the last.
func (l Lesson) Coming() (scenario.Scene, bool) {
	if l.Shown >= len(l.Scenes) {
		return scenario.Scene{}, false
	}
	return l.Scenes[l.Shown], true
}

// CanGoOn reports whether there is something to show next.
func (l Lesson) CanGoOn() bool {
	return !l.Busy && l.Shown < len(l.Scenes) && (!l.Over || l.Shown < len(l.Pages)-1)
}

// CanGoBack reports whether there is something to go back to.
func (l Lesson) CanGoBack() bool { return !l.Busy && (l.Asking || l.Shown > 0) }

// Copied is the lesson as it is now. Pages are only added, so that they are shared.
func (l Lesson) Copied() Lesson {
	l.Pages = slices.Clip(l.Pages)
	return l
}

// mostChips is how many payments a page lists.
const mostChips = 12

// look makes the page of a position. The payment that is drawn is the one that the scene's steps were about last.
func look(ctx context.Context, l Lesson, at Position) (Page, error) {
	p := Page{Passed: at.Passed, Focus: l.Page().Focus}
	if len(l.Pages) == 0 {
		return p, nil
	}
	for _, step := range l.Scenario.Steps[:at.Done] {
		name := step.About()
		if _, made := step.Do.(scenario.Create); made && at.Payments[name] != "" && !slices.ContainsFunc(p.Payments, func(c Chip) bool { return c.Name == name }) {
			p.Payments = append(p.Payments, Chip{Name: name})
		}
	}
	for _, step := range stepsOf(l.Scenario, l.Scenes[len(l.Pages)-1]) {
		if name := step.About(); at.Payments[name] != "" {
			p.Focus = name
		}
	}
	p.Payments = p.Payments[max(0, len(p.Payments)-mostChips):]
	for i, c := range p.Payments {
		drawn, err := at.Picture(ctx, at.Payments[c.Name])
		if err != nil {
			return p, err
		}
		p.Payments[i].Title, p.Payments[i].Amount, p.Payments[i].Status = drawn.Title, drawn.Amount, drawn.Status
		if c.Name == p.Focus {
			p.Picture = drawn
		}
	}
	return p, nil
}

// stepsOf lists the steps of a scene, with those inside of others.
func stepsOf(s scenario.Scenario, scene scenario.Scene) []scenario.Step {
	return scenario.All(s.Steps[scene.From:scene.Until])
}
