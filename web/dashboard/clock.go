package dashboard

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"sandbank/clock/steer"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment/instrument"
)

// ClockForm steers simulated time from the head of every page.
type ClockForm struct {
	Back  string // the page that one returns to
	Moves []Option
	Ways  []Option
}

// clockMoves are how far the form has time go on, by the value of its field. It is a duration, or a word.
var clockMoves = []Option{
	{"", "where it is"}, {"next", "to the next due moment"}, {"1m", "1 minute on"}, {"15m", "15 minutes on"}, {"1h", "1 hour on"},
	{"24h", "1 day on"}, {"168h", "1 week on"}, {"720h", "30 days on"},
}

// clockWays are how the form has time pass: a rate, or a word.
var clockWays = []Option{
	{"", "as before"}, {"freeze", "not at all"}, {"follow", "as the computer's"}, {"0.1", "at ×0.1, in slow motion"}, {"0.5", "at ×0.5"}, {"1", "at ×1"},
	{"10", "at ×10"}, {"60", "at ×60"}, {"100", "at ×100"}, {"1000", "at ×1,000"}, {"3600", "at ×3,600"},
}

// clockForm is the form in the head; nil for viewers who may not steer the clock, and where
// it cannot be steered.
func (d *Dashboard) clockForm(r *http.Request) *ClockForm {
	if d.Hand == nil || !d.may(r, identity.SteerSimulator) {
		return nil
	}
	f := &ClockForm{Back: "/", Moves: clockMoves, Ways: clockWays}
	// The query's text is not repeated where it holds a card number.
	if at := r.URL.RequestURI(); r.Method == http.MethodGet && local(at) && !instrument.NamesCard(at) {
		f.Back = at
	}
	return f
}

// local reports whether an address is a path of this dashboard.
func local(at string) bool {
	return strings.HasPrefix(at, "/") && !strings.HasPrefix(at, "//") && !strings.ContainsAny(at, "\\\r\n")
}

// clockNote says what is special about how time passes; "" for nothing.
func clockNote(v steer.View) string {
	switch {
	case v.Mode == steer.Frozen:
		return "frozen"
	case v.Mode == steer.Running:
		return strconv.FormatFloat(v.Rate, 'f', -1, 64) + " times as fast"
	case v.Now.Sub(v.Real).Abs() > time.Second:
		return "set ahead"
	}
	return ""
}

// steerClock carries out the form in the head, and redirects to its page.
func (d *Dashboard) steerClock(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if d.Hand == nil {
		return fault.New(fault.Conflict, "clock_not_steerable", "Simulated time cannot be steered here.")
	}
	wish, err := clockWish(r.PostFormValue("move"), r.PostFormValue("to"), r.PostFormValue("way"))
	if err != nil {
		return err
	}
	if _, err := d.Hand.Steer(r.Context(), wish); err != nil {
		return err
	}
	back := r.PostFormValue("back")
	if !local(back) {
		back = "/"
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}

// clockWish reads the form.
func clockWish(move, to, way string) (w steer.Wish, err error) {
	problem := fault.New(fault.Invalid, "request_invalid", "The clock was not steered.")
	switch move {
	case "":
	case "next":
		w.Advance = &steer.Advance{Next: true}
	default:
		w.Advance = &steer.Advance{By: move}
	}
	if to = strings.TrimSpace(to); to != "" {
		at, err := time.Parse("2006-01-02 15:04", to)
		if err != nil {
			problem.At("to", "must be a day and a time in UTC, such as 2027-01-01 12:00")
		}
		w.Advance = &steer.Advance{To: &at}
	}
	switch way {
	case "":
	case "freeze":
		w.Freeze = true
	case "follow":
		w.Follow = true
	default:
		rate, err := strconv.ParseFloat(way, 64)
		if err != nil {
			problem.At("way", "must be freeze, follow or a rate, and is %q", way)
		}
		w.Rate = &rate
	}
	if len(problem.Fields) > 0 {
		return w, problem
	}
	return w, nil
}
