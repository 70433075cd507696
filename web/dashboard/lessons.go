package dashboard

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/scenario"
	"sandbank/scenario/lesson"
	"sandbank/scenarios"
)

// taught reads the lessons that ship with the program, once, in their order.
var taught = sync.OnceValue(func() (list []lesson.Entry) {
	for _, name := range scenarios.Lessons() {
		e, err := lesson.Read(scenarios.LessonFolder+"/"+name+".yaml", libraryFile)
		if err != nil {
			panic("dashboard: " + err.Error()) // it is part of the program
		}
		list = append(list, e)
	}
	return list
})

// lessonNamed finds a lesson with its number, from 1, among those that ship or those of one's own.
func (d *Dashboard) lessonNamed(name string) (number int, e lesson.Entry, ok bool) {
	for _, list := range [][]lesson.Entry{taught(), d.OwnLessons} {
		if at := slices.IndexFunc(list, func(e lesson.Entry) bool { return e.Name == name }); at >= 0 {
			return at + 1, list[at], true
		}
	}
	return 0, e, false
}

// lessonCard is a lesson in a few words.
func lessonCard(number int, e lesson.Entry) LessonCard {
	c := LessonCard{Number: number, Name: e.Name, Title: e.Scenario.Name, URL: "/lessons/" + e.Name, Story: e.Scenario.Story}
	for _, scene := range e.Scenario.Scenes() {
		c.Scenes++
		if scene.Ask != nil {
			c.Asks++
		}
	}
	return c
}

// lessons lists the lessons, and those that are given now.
func (d *Dashboard) lessons(w http.ResponseWriter, r *http.Request) error {
	v := LessonsView{Frame: d.frame(r, "lessons"), MayGive: d.mayTeach(r), Open: d.Lessons.Open()}
	for i, e := range taught() {
		v.Lessons = append(v.Lessons, lessonCard(i+1, e))
	}
	for i, e := range d.OwnLessons {
		v.Own = append(v.Own, lessonCard(i+1, e))
	}
	if d.Lessons != nil {
		for _, l := range d.Lessons.List(d.seesRun(r)) {
			row := GivenRow{URL: "/lessons/given/" + l.ID, Title: l.Scenario.Name, By: l.By, At: fmt.Sprintf("%d of %d", l.Shown, len(l.Scenes))}
			if v.MayGive {
				row.EndURL = row.URL + "/end"
			}
			v.Given = append(v.Given, row)
		}
	}
	return RenderLessons(w, v)
}

// mayTeach reports whether the viewer may give lessons here.
func (d *Dashboard) mayTeach(r *http.Request) bool {
	return d.Lessons.Open() && d.may(r, identity.RunScenarios)
}

// lessonCover shows what a lesson is about, before it begins.
func (d *Dashboard) lessonCover(w http.ResponseWriter, r *http.Request) error {
	number, e, ok := d.lessonNamed(mux.Vars(r)["name"])
	if !ok {
		return errNoScenario("lesson")
	}
	v := CoverView{Frame: d.frame(r, "lessons"), LessonCard: lessonCard(number, e), Source: e.Text, MayGive: d.mayTeach(r)}
	for _, scene := range e.Scenario.Scenes() {
		v.Captions = append(v.Captions, scene.Story)
	}
	return RenderCover(w, v)
}

// beginLesson begins a lesson, and leads to it.
func (d *Dashboard) beginLesson(w http.ResponseWriter, r *http.Request) error {
	_, e, ok := d.lessonNamed(r.PostFormValue("lesson"))
	if !ok {
		return fault.New(fault.Invalid, "request_invalid", "Choose a lesson of the list.")
	}
	p, _ := d.who(r)
	l := lesson.Lesson{Name: e.Name, By: p.Person, Scenario: e.Scenario}
	if p.Role.OfMerchant() {
		l.Owner = p.Merchant.ID
	}
	begun, err := d.Lessons.Begin(r.Context(), l)
	if err != nil {
		return err
	}
	audit.Of(r.Context()).About(begun.ID)
	http.Redirect(w, r, "/lessons/given/"+begun.ID, http.StatusSeeOther)
	return nil
}

// lessonOf is the lesson in the path.
func (d *Dashboard) lessonOf(r *http.Request) (lesson.Lesson, error) {
	if d.Lessons != nil {
		if l, ok := d.Lessons.Find(mux.Vars(r)["id"]); ok && d.seesRun(r)(l.Owner) {
			return l, nil
		}
	}
	return lesson.Lesson{}, errNoScenario("lesson")
}

// moveLesson has a lesson go on, back, or to its beginning, and leads to the page that the button is on.
func (d *Dashboard) moveLesson(move func(*lesson.Board, context.Context, string) (lesson.Lesson, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		l, err := d.lessonOf(r)
		if err != nil {
			return err
		}
		audit.Of(r.Context()).About(l.ID)
		if _, err := move(d.Lessons, r.Context(), l.ID); err != nil {
			return err
		}
		to := "/lessons/given/" + l.ID
		if r.PostFormValue("window") == "notes" {
			to += "/notes"
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
}

// endLesson ends a lesson.
func (d *Dashboard) endLesson(w http.ResponseWriter, r *http.Request) error {
	l, err := d.lessonOf(r)
	if err != nil {
		return err
	}
	audit.Of(r.Context()).About(l.ID)
	d.Lessons.End(l.ID)
	http.Redirect(w, r, "/lessons", http.StatusSeeOther)
	return nil
}

// present shows a lesson as a class sees it.
func (d *Dashboard) present(w http.ResponseWriter, r *http.Request) error {
	l, err := d.lessonOf(r)
	if err != nil {
		return err
	}
	return RenderPresent(w, d.presentView(r, l))
}

// lessonNotes shows the speaker's window.
func (d *Dashboard) lessonNotes(w http.ResponseWriter, r *http.Request) error {
	l, err := d.lessonOf(r)
	if err != nil {
		return err
	}
	v := d.presentView(r, l)
	v.HomeURL += "/notes"
	return RenderNotes(w, v)
}

// presentView is a lesson as it is now.
func (d *Dashboard) presentView(r *http.Request, l lesson.Lesson) PresentView {
	at := "/lessons/given/" + l.ID
	p, _ := d.who(r)
	v := PresentView{
		Frame: Frame{Section: "lessons", Clock: d.Clock.Now(), Person: p.Person, Role: p.Role},
		Title: l.Scenario.Name, Story: l.Scenario.Story, At: l.Shown, Of: len(l.Scenes), Page: l.Page(), Trouble: l.Trouble,
		CanBack: l.CanGoBack(), CanNext: l.CanGoOn(), MayMove: d.mayTeach(r), Last: l.Shown == len(l.Scenes),
		HomeURL: at, StageURL: at, LiveURL: at + "/live", NotesURL: at + "/notes", Revision: strconv.Itoa(l.Revision),
		NextURL: at + "/next", BackURL: at + "/back", AgainURL: at + "/again", EndURL: at + "/end", NextLabel: "Next",
	}
	if d.Class.Open() && d.may(r, identity.ReadSimulator) {
		v.Code, _ = d.Class.Code()
		v.Here = len(d.Class.Students())
	}
	v.Passed = scenario.Span(v.Page.Passed)
	if scene, ok := l.Scene(); ok {
		v.Caption, v.Notes = scene.Story, scene.Notes
		v.Answered = asked(scene.Ask)
	}
	if coming, ok := l.Coming(); ok {
		v.Coming, v.ComingNotes = coming.Story, coming.Notes
		if l.Asking {
			v.Question, v.NextLabel = asked(coming.Ask), "Answer"
		} else if coming.Ask != nil {
			v.NextLabel = "Ask"
		}
	}
	return v
}

// asked is a question with letters for its choices; nil for none.
func asked(q *scenario.Question) *QuestionView {
	if q == nil {
		return nil
	}
	v := &QuestionView{Text: q.Text, Answer: q.Answer}
	for i, c := range q.Choices {
		v.Choices = append(v.Choices, ChoiceView{Letter: string(rune('A' + i)), Text: c, Right: c == q.Answer})
	}
	return v
}

// lessonLive tells a lesson's pages that there is more to see.
func (d *Dashboard) lessonLive(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.lessonOf(r); err != nil {
		return err
	}
	told := ""
	return d.followed(w, r, d.Lessons.Changed, heartbeat, func(_ context.Context, out *bytes.Buffer) error {
		l, err := d.lessonOf(r)
		if err != nil {
			return err
		}
		if now := strconv.Itoa(l.Revision); now != told {
			told = now
			_, err = fmt.Fprintf(out, "event: status\ndata: %s\n\n", now)
		}
		return err
	})
}
