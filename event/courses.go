package event

import (
	"encoding/json"

	"sandbank/sim"
)

// KeptCourses is an event's courses as stores keep them: "" for none.
func (e Event) KeptCourses() string {
	if len(e.Courses) == 0 {
		return ""
	}
	kept, err := json.Marshal(e.Courses)
	if err != nil {
		panic("event: " + err.Error()) // words always encode
	}
	return string(kept)
}

// ReadCourses reads what [Event.KeptCourses] wrote.
func ReadCourses(kept string) (c sim.Courses, err error) {
	if kept != "" {
		err = json.Unmarshal([]byte(kept), &c)
	}
	return c, err
}
