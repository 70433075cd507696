package dashboard

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/scenario"
	"sandbank/scenario/run"
	"sandbank/scenario/sequence"
	"sandbank/scenarios"
	"sandbank/web/look"
)

// beginRun has one scenario, one of its cases, the whole library or a file of somebody's own carried out,
// and leads to the page that shows it.
func (d *Dashboard) beginRun(w http.ResponseWriter, r *http.Request) error {
	ask, list, err := d.toRun(w, r)
	if err != nil {
		return d.wrongFile(w, r, err)
	}
	p, _ := d.who(r)
	ask.By = p.Person
	if p.Role.OfMerchant() {
		ask.Owner = p.Merchant.ID
	}
	began, err := d.Runs.Begin(ask, list)
	if err != nil {
		return err
	}
	audit.Of(r.Context()).About(began.ID)
	http.Redirect(w, r, "/scenarios/runs/"+began.ID, http.StatusSeeOther)
	return nil
}

// toRun reads which scenarios are to be run.
func (d *Dashboard) toRun(w http.ResponseWriter, r *http.Request) (ask run.Run, list []scenario.Scenario, err error) {
	sent, err := sentFile(w, r)
	if err != nil {
		return ask, nil, err
	}
	name := r.PostFormValue("scenario")
	switch {
	case sent != "":
		ask.Text = sent
		list, err = d.readFile(sent)
	case name == "":
		ask.Title = "The whole library"
		for _, g := range scenarios.Groups() {
			for _, n := range g.Names {
				list = append(list, library()[n].cases...)
			}
		}
		return ask, list, nil
	default:
		s, ok := library()[name]
		if !ok {
			return ask, nil, errNoScenario("scenario")
		}
		ask.From, list = name, s.cases
	}
	if err != nil {
		return ask, nil, err
	}
	ask.Title = list[0].Name
	if only := r.PostFormValue("case"); only != "" {
		at, err := caseOf(only, len(list))
		if err != nil {
			return ask, nil, err
		}
		ask.Title, list = list[at].Title(), list[at:at+1]
	}
	return ask, list, nil
}

// runsOf are the runs that the viewer may see, newest first.
func (d *Dashboard) runsOf(r *http.Request) []run.Run {
	if d.Runs == nil {
		return nil
	}
	return d.Runs.List(d.seesRun(r))
}

// seesRun reports whose runs the viewer may see: a merchant's people their merchant's, staff all.
func (d *Dashboard) seesRun(r *http.Request) func(owner string) bool {
	return d.reach(r).Sees
}

// runOf is the run in the path.
func (d *Dashboard) runOf(r *http.Request) (run.Run, error) {
	if d.Runs != nil {
		if one, ok := d.Runs.Find(mux.Vars(r)["id"]); ok && d.seesRun(r)(one.Owner) {
			return one, nil
		}
	}
	return run.Run{}, errNoScenario("run")
}

// stopRun ends a run early.
func (d *Dashboard) stopRun(w http.ResponseWriter, r *http.Request) error {
	one, err := d.runOf(r)
	if err != nil {
		return err
	}
	audit.Of(r.Context()).About(one.ID)
	d.Runs.Stop(one.ID)
	http.Redirect(w, r, "/scenarios/runs/"+one.ID, http.StatusSeeOther)
	return nil
}

// run shows a run: its one scenario, or the list of them.
func (d *Dashboard) run(w http.ResponseWriter, r *http.Request) error {
	one, err := d.runOf(r)
	if err != nil {
		return err
	}
	if len(one.Items) == 1 {
		return RenderRun(w, d.runView(r, one, 0))
	}
	return RenderRun(w, d.runsView(r, one))
}

// runItem shows one scenario of a run of several.
func (d *Dashboard) runItem(w http.ResponseWriter, r *http.Request) error {
	one, err := d.runOf(r)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(mux.Vars(r)["n"])
	if err != nil || n < 1 || n > len(one.Items) {
		return errNoScenario("scenario in this run")
	}
	v := d.runView(r, one, n-1)
	v.UpURL, v.Up, v.Again = "/scenarios/runs/"+one.ID, one.Title, nil
	return RenderRun(w, v)
}

// runState is a state in the words of look.
func runState(one run.Run) string {
	if one.State == run.StateEnded {
		return string(one.Outcome())
	}
	return string(one.State)
}

func itemState(it run.Item) string {
	if it.State == run.StateEnded {
		return string(it.Result.Outcome)
	}
	return string(it.State)
}

// shownRun is what every page of a run has.
func (d *Dashboard) shownRun(r *http.Request, one run.Run) RunView {
	v := RunView{Frame: d.frame(r, "scenarios"), Title: one.Title, State: runState(one), Began: one.BeganAt, By: one.By, Revision: strconv.Itoa(one.Step())}
	here := "/scenarios/runs/" + one.ID
	if v.Under = one.State != run.StateEnded; v.Under {
		v.LiveURL = here + "/live"
	}
	v.Home = r.URL.Path
	if one.From != "" {
		v.ReadURL = "/scenarios/" + one.From
	}
	if !d.mayRun(r) {
		return v
	}
	if v.Under {
		v.StopURL = here + "/stop"
	} else {
		v.Again = &RunAgain{Scenario: one.From, Text: one.Text}
		if len(one.Items) == 1 && one.From != "" && one.Items[0].Scenario.Case != "" {
			v.Again.Case = caseNumber(one)
		}
	}
	return v
}

// caseNumber is which case of its scenario a run of one had.
func caseNumber(one run.Run) int {
	for i, c := range library()[one.From].cases {
		if c.Case == one.Items[0].Scenario.Case {
			return i + 1
		}
	}
	return 0
}

// runsView is a run of several scenarios.
func (d *Dashboard) runsView(r *http.Request, one run.Run) RunView {
	v := d.shownRun(r, one)
	ended, held := one.Ended()
	v.Lead = fmt.Sprintf("%d of %d scenarios held.", held, len(one.Items))
	if v.Under {
		v.Lead = fmt.Sprintf("%d of %d scenarios have ended; %d held.", ended, len(one.Items), held)
	}
	v.Done, v.All, v.Took = ended, len(one.Items), took(one.Took())
	for i, it := range one.Items {
		row := ItemRow{URL: fmt.Sprintf("/scenarios/runs/%s/%d", one.ID, i+1), Title: it.Scenario.Title(), State: itemState(it)}
		if it.State == run.StateEnded {
			row.Took = took(it.Result.Took)
		}
		v.Items = append(v.Items, row)
	}
	return v
}

// runView is one scenario of a run.
func (d *Dashboard) runView(r *http.Request, one run.Run, n int) RunView {
	v, it := d.shownRun(r, one), one.Items[n]
	v.Title, v.State, v.Story, v.Single = it.Scenario.Title(), itemState(it), it.Scenario.Story, true
	v.Done, v.All = stepsDone(it), len(scenario.All(it.Scenario.Steps))
	if it.State == run.StateEnded {
		v.Took = took(it.Result.Took)
	}
	if f := it.Result.Failure; f != nil {
		v.Failure = &RunFailure{At: f.Step.At.String(), Story: f.Step.Story, Expected: look.Sentence(f.Expected), Seen: look.Sentence(f.Seen)}
	} else if it.Result.Err != nil {
		v.Trouble = look.Sentence(it.Result.Err.Error())
	}
	if len(it.Lines) > 0 {
		v.Passed = scenario.Span(it.Lines[len(it.Lines)-1].At)
	}
	v.Drawing, v.Chapters = sequence.Draw(it.Lines, ""), chapters(it.Lines, it.Result.Outcome == scenario.Failed)
	return v
}

// stepsDone is how many of a scenario's steps have left a line, of those that leave one.
func stepsDone(it run.Item) (n int) {
	if it.State == run.StateEnded && it.Result.Outcome == scenario.Held {
		return len(scenario.All(it.Scenario.Steps))
	}
	for _, l := range it.Lines {
		if l.From != "processor" { // webhooks follow from steps
			n++
		}
	}
	return min(n, len(scenario.All(it.Scenario.Steps)))
}

func took(d time.Duration) string { return d.Round(time.Millisecond).String() }

// chapters are the lines of a transcript, by the story that they tell.
func chapters(lines []scenario.Line, failed bool) (list []Chapter) {
	for i, l := range lines {
		if len(list) == 0 || l.Story != "" && l.Story != list[len(list)-1].Story {
			list = append(list, Chapter{Story: l.Story})
		}
		row := TranscriptLine{ID: sequence.ID("", i), When: "+" + scenario.Span(l.At), From: l.From, To: l.To, Text: l.Text, About: l.About, Icon: actors[l.From], Tone: "busy"}
		if strings.Contains(l.Text, l.About) {
			row.About = ""
		}
		switch l.From {
		case "expect":
			if row.From, row.Icon, row.Tone = "expected", "check", "good"; failed && i == len(lines)-1 {
				row.Icon, row.Tone, row.Text = "cross", "bad", strings.TrimPrefix(l.Text, "FAILED: expected ")
			}
		case "time":
			row.Tone = "quiet"
		}
		last := &list[len(list)-1]
		last.Lines = append(last.Lines, row)
	}
	return list
}

// actors are the shapes of those who act.
var actors = map[string]string{"merchant": "world", "customer": "person", "bank": "bank", "operator": "spark", "time": "clock", "processor": "hook", "nobody": "dot"}

// runLive tells a run's page that there is more to see.
func (d *Dashboard) runLive(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.runOf(r); err != nil {
		return err
	}
	told := ""
	return d.followed(w, r, d.Runs.Changed, heartbeat, func(_ context.Context, out *bytes.Buffer) error {
		one, err := d.runOf(r)
		if err != nil {
			return err
		}
		if now := strconv.Itoa(one.Step()); now != told {
			told = now
			_, err = fmt.Fprintf(out, "event: status\ndata: %s\n\n", now)
		}
		return err
	})
}
