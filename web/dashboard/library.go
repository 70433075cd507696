package dashboard

import (
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/mux"

	"sandbank/fault"
	"sandbank/identity"
	"sandbank/scenario"
	"sandbank/scenario/run"
	"sandbank/scenarios"
	"sandbank/web/gate"
)

// story is a scenario of the library, read.
type story struct {
	name  string // of the file, without .yaml
	text  string // the file
	cases []scenario.Scenario
}

// library reads all scenarios that ship with the program, once.
var library = sync.OnceValue(func() map[string]story {
	all := map[string]story{}
	for _, g := range scenarios.Groups() {
		for _, name := range g.Names {
			text, err := fs.ReadFile(scenarios.Files(), name+".yaml")
			if err != nil {
				panic("dashboard: " + err.Error()) // it is part of the program
			}
			cases, err := scenario.Read(name+".yaml", libraryFile)
			if err != nil {
				panic("dashboard: " + err.Error())
			}
			all[name] = story{name, string(text), cases}
		}
	}
	return all
})

func libraryFile(name string) ([]byte, error) { return fs.ReadFile(scenarios.Files(), name) }

// errNoScenario is the answer for a name or a run that is not there.
func errNoScenario(what string) error {
	return fault.New(fault.NotFound, "scenario_not_found", "There is no such %s.", what).Hinting("The list of scenarios has what there is.")
}

// scenarios lists the library, and what was run.
func (d *Dashboard) scenarios(w http.ResponseWriter, r *http.Request) error {
	v := ScenariosView{Frame: d.frame(r, "scenarios"), MayRun: d.mayRun(r), Open: d.Runs.Open()}
	all := library()
	for _, g := range scenarios.Groups() {
		shelf := Shelf{Title: g.Title, Says: g.Says}
		for _, name := range g.Names {
			s := all[name]
			v.Cases += len(s.cases)
			shelf.Stories = append(shelf.Stories, StoryCard{
				URL: "/scenarios/" + name, Name: s.cases[0].Name, Story: s.cases[0].Story, Cases: len(s.cases), Steps: len(scenario.All(s.cases[0].Steps)),
			})
		}
		v.Shelves = append(v.Shelves, shelf)
	}
	for _, one := range d.runsOf(r) {
		if len(v.Runs) == shownRuns {
			break
		}
		v.Runs = append(v.Runs, runRow(one))
	}
	return RenderScenarios(w, v)
}

// shownRuns is how many runs the list of scenarios shows.
const shownRuns = 10

// mayRun reports whether the viewer may have scenarios run here.
func (d *Dashboard) mayRun(r *http.Request) bool {
	return d.Runs.Open() && d.may(r, identity.RunScenarios)
}

// scenarioOf shows one scenario of the library, to be read.
func (d *Dashboard) scenarioOf(w http.ResponseWriter, r *http.Request) error {
	s, ok := library()[mux.Vars(r)["name"]]
	if !ok {
		return errNoScenario("scenario")
	}
	at, err := caseOf(gate.Query(r).Get("case"), len(s.cases))
	if err != nil {
		return err
	}
	v := d.reading(r, s.cases, at)
	v.Source, v.Name, v.Here = s.text, s.name, "/scenarios/"+s.name
	return RenderScenario(w, v)
}

// scenarioFile lets a scenario of the library be taken along.
func (d *Dashboard) scenarioFile(w http.ResponseWriter, r *http.Request) error {
	s, ok := library()[mux.Vars(r)["name"]]
	if !ok {
		return errNoScenario("scenario")
	}
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Content-Disposition", `attachment; filename="`+s.name+`.yaml"`)
	_, _ = w.Write([]byte(s.text)) // the viewer may be gone
	return nil
}

// caseOf reads which case of a scenario is meant, counted from 1; 0 for the first where nothing is said.
func caseOf(text string, cases int) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > cases {
		return 0, fault.New(fault.NotFound, "scenario_not_found", "This scenario has %d cases.", cases)
	}
	return n - 1, nil
}

// reading is the page of a scenario that is to be read.
func (d *Dashboard) reading(r *http.Request, cases []scenario.Scenario, at int) ScenarioView {
	s := cases[at]
	v := ScenarioView{Frame: d.frame(r, "scenarios"), MayRun: d.mayRun(r), Title: s.Name, Story: s.Story, Case: at + 1, Steps: scenario.Tell(s.Steps)}
	if len(cases) > 1 {
		for i, c := range cases {
			v.Cases = append(v.Cases, CaseLink{Number: i + 1, Label: c.Case, Current: i == at})
		}
	}
	v.Facts = []Fact{
		{Label: "Steps", Value: strconv.Itoa(len(scenario.All(s.Steps)))}, {Label: "Begins", At: s.Start}, {Label: "Seed", Value: strconv.FormatUint(s.Seed, 10)},
	}
	if heard := s.Channels(); len(heard) > 0 {
		v.Facts = append(v.Facts, Fact{Label: "Listens on", Value: joinedWords(heard)})
	}
	return v
}

func joinedWords[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}

// runRow is a run in the list.
func runRow(one run.Run) RunRow {
	_, held := one.Ended()
	row := RunRow{URL: "/scenarios/runs/" + one.ID, Title: one.Title, By: one.By, At: one.BeganAt, State: runState(one)}
	if len(one.Items) > 1 {
		row.Note = fmt.Sprintf("%d of %d held", held, len(one.Items))
	}
	return row
}
