package dashboard

import (
	"html/template"
	"time"

	"sandbank/scenario/lesson"
	"sandbank/web/sequence"
)

// LessonsView is the list of lessons, and those that are given now.
type LessonsView struct {
	Frame
	Lessons []LessonCard
	Own     []LessonCard // of whoever runs the program
	Given   []GivenRow
	MayGive bool
	Open    bool // whether any is given here
}

// LessonCard is a lesson in the list.
type LessonCard struct {
	Number           int
	Name, Title, URL string
	Story            string
	Scenes, Asks     int
}

// GivenRow is a lesson that is given now.
type GivenRow struct{ URL, Title, By, At, EndURL string }

// CoverView is a lesson before it begins.
type CoverView struct {
	Frame
	LessonCard
	Captions []string
	Source   string // the file
	MayGive  bool
}

// PresentView is a lesson as a class sees it; its notes are for the speaker's window alone.
type PresentView struct {
	Frame
	Title, Story string
	At, Of       int // scenes
	Caption      string
	Question     *QuestionView // that is asked now; nil for none
	Answered     *QuestionView // that the scene has answered; nil for none
	Page         lesson.Page
	Trouble      string
	Last         bool // there is nothing after it
	CanBack      bool
	CanNext      bool
	MayMove      bool
	NextLabel    string

	HomeURL, StageURL, LiveURL, NotesURL, Revision string
	NextURL, BackURL, AgainURL, EndURL             string

	Code string // of the class, for viewers who may see it; "" for none
	Here int    // its students

	// Of the speaker's window.
	Notes       string
	Coming      string // the caption of the next scene
	ComingNotes string
	Passed      string // of simulated time
}

// QuestionView is what a class is asked.
type QuestionView struct {
	Text    string
	Choices []ChoiceView
	Answer  string
}

// ChoiceView is one choice, with its letter.
type ChoiceView struct {
	Letter, Text string
	Right        bool
}

// ClassView is how to join the class, and who has.
type ClassView struct {
	Frame
	Open     bool
	Code     string
	Until    time.Time // of the computer's time
	JoinURL  string
	QR       template.HTML
	Names    []string
	Most     int
	MayEnd   bool
	Revision string
}

// Legible is the code in two halves.
func (v ClassView) Legible() template.HTML { return legible(v.Code) }

// WallView is all students' payments, or one of them, large.
type WallView struct {
	Frame
	Code     string
	Tiles    []WallTile
	Name     string // whose payment is drawn; "" where none is
	Picture  sequence.Picture
	HomeURL  string
	LiveURL  string
	Revision string
}

// WallTile is a student with its newest payment.
type WallTile struct {
	Name               string
	Number             int
	ID, Amount, Status string // of the newest payment; "" for none
	At                 time.Time
	Count, Paid        int
}
