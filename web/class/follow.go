package class

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"sandbank/processor"
	"sandbank/scenario/lesson"
	"sandbank/web/gate"
)

// follow shows the lesson that is given now, to be read.
func (s *Students) follow(w http.ResponseWriter, r *http.Request) error {
	if _, ok := s.student(r); !ok {
		return s.show(w, r)
	}
	return pages().Render(w, "follow", followView(s.given()))
}

// given is the lesson that was moved last; false where none is given.
func (s *Students) given() (lesson.Lesson, bool) {
	if !s.Lessons.Open() {
		return lesson.Lesson{}, false
	}
	list := s.Lessons.List(func(string) bool { return true })
	if len(list) == 0 {
		return lesson.Lesson{}, false
	}
	return list[0], true
}

func followView(l lesson.Lesson, given bool) FollowView {
	v := FollowView{Given: given, Revision: followed(l, given)}
	if !given {
		return v
	}
	v.Title, v.Story, v.At, v.Of, v.Picture = l.Scenario.Name, l.Scenario.Story, l.Shown, len(l.Scenes), l.Page().Picture
	if scene, ok := l.Scene(); ok {
		v.Caption = scene.Story
		if scene.Ask != nil && !l.Asking {
			v.Answer = scene.Ask.Answer
		}
	}
	if coming, ok := l.Coming(); ok && l.Asking && coming.Ask != nil {
		v.Question, v.Choices = coming.Ask.Text, coming.Ask.Choices
	}
	return v
}

// followed stands for a lesson as it is shown.
func followed(l lesson.Lesson, given bool) string {
	if !given {
		return "none"
	}
	return l.ID + "." + strconv.Itoa(l.Revision)
}

const (
	heartbeat = 15 * time.Second
	// gather keeps sixty phones cheap: changes are told a few times a second at most.
	gather = 500 * time.Millisecond
)

// live tells a student's shop that there is news. Payments of all wake it; the student's own are told.
func (s *Students) live(w http.ResponseWriter, r *http.Request) error {
	who, ok := s.student(r)
	if !ok {
		return errNoClass()
	}
	changes, stop := s.Processor.Watch("")
	defer stop()
	return s.tell(w, r, func() <-chan struct{} { return changes }, func(ctx context.Context) (string, error) {
		found, err := s.Processor.Payments(ctx, processor.Only(who.Merchant.ID), processor.PaymentQuery{}, processor.Window{Limit: shownOfThem})
		return revision(found.Items), err
	})
}

// followLive tells that the lesson has moved.
func (s *Students) followLive(w http.ResponseWriter, r *http.Request) error {
	if _, ok := s.student(r); !ok || !s.Lessons.Open() {
		return errNoClass()
	}
	return s.tell(w, r, s.Lessons.Changed, func(context.Context) (string, error) { return followed(s.given()), nil })
}

// tell writes a stream of revisions, for as long as the student is here.
func (s *Students) tell(w http.ResponseWriter, r *http.Request, next func() <-chan struct{}, now func(context.Context) (string, error)) error {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	control := gate.Hold(r.Context(), w)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	told := ""
	for {
		changes, out := next(), ": still here\n\n"
		if _, ok := s.student(r); !ok {
			return nil // the class has ended
		}
		text, err := now(r.Context())
		if err != nil {
			return nil //nolint:nilerr // the stream has begun: the browser connects again
		}
		if text != told {
			told, out = text, "event: status\ndata: "+text+"\n\n"
		}
		if _, err := w.Write([]byte(out)); err != nil || control.Flush() != nil {
			return nil //nolint:nilerr // the reader has gone
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-changes:
		case <-beat.C:
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-time.After(gather):
		}
	}
}
