package steer

import (
	"encoding/json"
	"testing"
	"time"

	"sandbank/clock"
)

// What passes the check can be carried out: time arrives where it was sent, does not go back, and the next
// wish is heard.
func FuzzWish(f *testing.F) {
	for _, body := range []string{
		`{"set": "2027-01-01T00:00:00Z", "freeze": true}`, `{"advance": {"by": "15m"}}`, `{"advance": {"to": "2199-12-31T23:59:59Z"}, "freeze": true}`,
		`{"advance": {"next": true}, "within": "1s"}`, `{"rate": 60}`, `{"rate": 1e-9}`, `{"follow": true}`, `{"advance": {"by": "-1h"}}`,
		`{"set": "0001-01-01T00:00:00Z"}`, `{"advance": {"by": "2540400h"}}`, `{"rate": 0.1, "freeze": true}`, `{}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var w Wish
		if json.Unmarshal(body, &w) != nil || w.Check() != nil {
			return
		}
		h := New(Config{Clock: clock.NewSteered(clock.State{Version: 1, At: noon, Since: time.Now()}), Keeper: &shelf{}})
		before := h.Show().Now
		r, err := h.Steer(t.Context(), w)
		if after := h.Show().Now; after.Before(before) || after.Year() > latest.Year() {
			t.Fatalf("%s: time went from %s to %s", body, before, after)
		}
		if err == nil && r.Now.Before(before) {
			t.Fatalf("%s: the answer says %s, before %s", body, r.Now, before)
		}
		if _, err := h.Steer(t.Context(), Wish{Freeze: true}); err != nil {
			t.Fatalf("%s: afterwards the clock does not stand still: %v", body, err)
		}
	})
}
