package dashboard

import (
	"html/template"
	"time"

	"sandbank/scenario"
)

// ScenariosView is the library, and what was run.
type ScenariosView struct {
	Frame
	Shelves []Shelf
	Cases   int // of all scenarios
	Runs    []RunRow
	MayRun  bool
	Open    bool // whether anything is run here
}

// Shelf is scenarios that belong together.
type Shelf struct {
	Title, Says string
	Stories     []StoryCard
}

// StoryCard is a scenario in the list.
type StoryCard struct {
	URL, Name, Story string
	Cases, Steps     int
}

// RunRow is a run in the list.
type RunRow struct {
	URL, Title, By, State, Note string
	At                          time.Time
}

// ScenarioView is a scenario to be read.
type ScenarioView struct {
	Frame
	Title, Story string
	Name         string // in the library; "" for a file of one's own
	Here         string // the page's address without a case
	Case         int    // which one is told, counted from 1
	Cases        []CaseLink
	Facts        []Fact
	Steps        []scenario.Told
	Source       string // the file
	Sent         bool   // somebody brought it
	MayRun       bool
}

// CaseLink leads to one case of a scenario's matrix.
type CaseLink struct {
	Number  int
	Label   string
	Current bool
	Plain   bool // there is no page of its own
}

// verbIcons are the shapes of the verbs.
var verbIcons = map[scenario.Verb]string{
	scenario.VerbCreate: "world", scenario.VerbCustomer: "person", scenario.VerbBank: "bank", scenario.VerbAdvance: "clock", scenario.VerbFault: "spark",
	scenario.VerbHold: "pause", scenario.VerbMove: "copy", scenario.VerbStep: "arrow",
	scenario.VerbSettle: "book", scenario.VerbPayOut: "send", scenario.VerbDispute: "alert", scenario.VerbCapture: "lock", scenario.VerbVoid: "unlock",
	scenario.VerbRefund: "back", scenario.VerbCancel: "slash", scenario.VerbCall: "out", scenario.VerbReceive: "hook", scenario.VerbExpect: "check", scenario.VerbParallel: "half",
}

// ToldStep is a step with its shape.
type ToldStep struct {
	scenario.Told
	Icon   string
	Expect bool
}

// Shaped gives steps their shapes.
func (ScenarioView) Shaped(list []scenario.Told) []ToldStep {
	out := make([]ToldStep, len(list))
	for i, t := range list {
		out[i] = ToldStep{t, verbIcons[t.Verb], t.Verb == scenario.VerbExpect}
	}
	return out
}

// OpenView is the form for a file of one's own, with the mistakes of what was sent.
type OpenView struct {
	Frame
	Text     string
	Mistakes []MistakeView
	More     int // mistakes that are not shown
}

// MistakeView is a mistake, with the line in which it is before and after the place.
type MistakeView struct {
	Line, Column             int
	Key, What, Before, After string
}

// RunView is a run: one scenario, or the list of several.
type RunView struct {
	Frame
	Title, Story string
	Lead         string
	State        string
	Under        bool // it has not ended
	Single       bool
	Done, All    int // of steps, or of scenarios
	Began        time.Time
	By           string
	Took, Passed string // of the computer's time, and of simulated time
	UpURL, Up    string // the run that it belongs to
	ReadURL      string
	LiveURL      string
	Home         string
	Revision     string
	StopURL      string
	Again        *RunAgain
	Items        []ItemRow
	Failure      *RunFailure
	Trouble      string
	Drawing      template.HTML
	Chapters     []Chapter
}

// RunAgain is the form that runs the same once more.
type RunAgain struct {
	Scenario, Text string
	Case           int
}

// ItemRow is one scenario of a run of several.
type ItemRow struct{ URL, Title, State, Took string }

// RunFailure is an expectation that did not hold.
type RunFailure struct{ At, Story, Expected, Seen string }

// Chapter is a part of a transcript, under the story that it tells.
type Chapter struct {
	Story string
	Lines []TranscriptLine
}

// TranscriptLine is one line of a transcript.
type TranscriptLine struct{ ID, When, From, To, Text, About, Icon, Tone string }

// StepView is a step with the page, by which what is done at once is shaped.
type StepView struct {
	ToldStep
	View ScenarioView
}

// With gives a step the page.
func (v ScenarioView) With(s ToldStep) StepView { return StepView{s, v} }
