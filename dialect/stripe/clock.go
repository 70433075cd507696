package stripe

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"sandbank/audit"
	"sandbank/clock"
	"sandbank/clock/steer"
	"sandbank/dialect/alias"
	"sandbank/dialect/stripe/object"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/processor"
)

// A test clock is a hand on the simulator's clock. There is one for everything and all merchants, so there is one test
// clock at a time, and who may steer time may use it: it is nobody's own, and a caller need name no merchant.

var clockRoutes = []route{
	{method: http.MethodPost, path: ClocksPath, needs: identity.SteerSimulator, action: audit.SimulatorSteer, handle: createClock, shared: true},
	{method: http.MethodGet, path: ClocksPath, needs: identity.ReadSimulator, handle: listClocks, shared: true},
	{method: http.MethodGet, path: ClocksPath + "/{id}", needs: identity.ReadSimulator, handle: getClock, shared: true},
	{method: http.MethodDelete, path: ClocksPath + "/{id}", needs: identity.SteerSimulator, action: audit.SimulatorSteer, handle: deleteClock, shared: true},
	{method: http.MethodPost, path: ClocksPath + "/{id}/advance", needs: identity.SteerSimulator, action: audit.SimulatorSteer, handle: advanceClock, shared: true},
}

// ClocksPath begins the paths that steer the clock. An advance waits until everybody is at rest, so it may hold up nobody.
const ClocksPath = "/v1/test_helpers/test_clocks"

const (
	clockKind = "test_helpers.test_clock"
	// clockSlot names the one document that has the test clock, or none.
	clockSlot = "stripe.test_clock"

	maxClockName = 300 // characters
	// justNow is how far back a new clock's time may lie, in seconds, to mean the present: a program looks at its own clock
	// before it sends.
	justNow = 60
	// furthest is how many years an advance may go, as at Stripe for a clock without subscriptions.
	furthest = 2
	// clockPatience is how long an advance may take: less than the 80 s that Stripe's libraries wait.
	clockPatience = "70s"
)

// testClock is what is kept of a test clock. The rest is the simulator's clock: what it shows is true whoever steers it.
type testClock struct {
	ID      string  `json:"id,omitempty"` // "" where there is none
	Name    string  `json:"name,omitempty"`
	Created int64   `json:"created,omitempty"` // in simulated time
	Rate    float64 `json:"rate,omitempty"`    // at which time passed before, and will again when the clock is deleted
}

func testClockOf(d processor.Document) (k testClock, err error) {
	return k, json.Unmarshal(d.Body, &k)
}

// theClock is the test clock; an empty one for none.
func (a *API) theClock(ctx context.Context) (testClock, error) {
	if a.Hand == nil {
		return testClock{}, steer.NotSteerable()
	}
	d, err := a.Processor.Document(ctx, "", clockSlot, clockSlot)
	if fault.Is(err, fault.NotFound) {
		return testClock{}, nil
	}
	if err != nil {
		return testClock{}, err
	}
	return testClockOf(d)
}

// clockOf is the test clock that a call names.
func (a *API) clockOf(c *call) (testClock, error) {
	k, err := a.theClock(c.ctx)
	if err == nil && (k.ID == "" || k.ID != c.id()) {
		err = noSuch("test clock", c.id(), "test_clock")
	}
	return k, err
}

// changeClock keeps another test clock in the place of the one of an id; "" for where there is none.
func (a *API) changeClock(c *call, before string, after testClock) error {
	slot := processor.Document{Kind: clockSlot, ID: clockSlot, Body: []byte("{}")}
	_, err := a.Processor.SetDocument(c.ctx, slot, func(d processor.Document) (processor.Document, error) {
		switch k, err := testClockOf(d); {
		case err != nil:
			return d, err
		case before == "" && k.ID != "":
			return d, clockExists(k.ID)
		case before != k.ID:
			return d, noSuch("test clock", before, "test_clock")
		}
		body, err := json.Marshal(after)
		d.Body, d.About = body, cmp.Or(after.ID, before)
		return d, err
	})
	return err
}

func clockExists(id string) error {
	return fault.New(fault.Conflict, "test_clock_exists", "There is a test clock already, %s: Sandbank has one clock, for all merchants. Advance that one, or delete it first.", id)
}

// clockObject is a test clock as it stands now.
func (a *API) clockObject(ctx context.Context, k testClock) (object.Object, error) {
	busy, err := a.Hand.Busy(ctx)
	o := object.New(clockKind).With(object.Object{
		"id": k.ID, "created": k.Created, "frozen_time": a.Clock.Now().Unix(), "deletes_after": clock.End().Unix(), "status": "ready",
	})
	if k.Name != "" {
		o["name"] = k.Name
	}
	if busy {
		o["status"] = "advancing"
	}
	return o, err
}

func createClock(a *API, c *call) (object.Object, error) {
	to, name, now := c.frozenTime(), c.text("name"), a.Clock.Now()
	if bounded(c.params, "name", name); len([]rune(name)) > maxClockName {
		c.complain(invalid("parameter_invalid_string", "name", "Invalid string: name must have at most %d characters.", maxClockName))
	}
	if to < now.Unix()-justNow {
		c.complain(pastTime(to, now))
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	if k, err := a.theClock(c.ctx); err != nil || k.ID != "" {
		if err == nil {
			err = clockExists(k.ID)
		}
		return nil, err
	}
	k := testClock{Name: name, Rate: a.Hand.Show().Rate}
	if err := a.standAt(c, to); err != nil {
		return nil, err
	}
	k.Created = a.Clock.Now().Unix()
	k.ID = alias.ID("clock_", a.Processor.NewID("clock", ""))
	if err := a.changeClock(c, "", k); err != nil {
		return nil, err
	}
	return a.clockObject(c.ctx, k)
}

func advanceClock(a *API, c *call) (object.Object, error) {
	to := c.frozenTime()
	k, err := a.clockOf(c)
	if err != nil {
		return nil, err
	}
	audit.Of(c.ctx).About(k.ID)
	switch now := a.Clock.Now(); {
	case to <= now.Unix():
		c.complain(pastTime(to, now))
	case to > now.AddDate(furthest, 0, 0).Unix():
		c.complain(invalid("clock_too_far", "frozen_time", "Invalid frozen_time: it cannot be more than %d years after the test clock's time, %d. Advance in several steps.", furthest, now.Unix()))
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := a.standAt(c, to); err != nil {
		return nil, err
	}
	if err := a.changeClock(c, k.ID, k); err != nil { // for the audit log, and unless somebody has deleted it on the way
		return nil, err
	}
	return a.clockObject(c.ctx, k)
}

// standAt advances time to a moment, and has it stand still; one that is over means the present. The answer waits until
// everything has happened that is due on the way.
func (a *API) standAt(c *call, to int64) error {
	wish, now := steer.Wish{Freeze: true, Within: clockPatience}, a.Clock.Now()
	if to > now.Unix() {
		at := time.Unix(to, 0).UTC()
		wish.Advance = &steer.Advance{To: &at}
	}
	_, err := a.Hand.Steer(c.ctx, wish)
	if fault.Code(err) == "clock_backwards" { // time went by since it was looked at
		return pastTime(to, a.Clock.Now())
	}
	return err
}

// frozenTime is the time that a call wants, in seconds since 1970.
func (c *call) frozenTime() int64 {
	c.required("frozen_time")
	n, _ := c.integer("frozen_time")
	if n >= clock.End().Unix() {
		c.complain(invalid("parameter_invalid_integer", "frozen_time", "Invalid frozen_time: it must be before the year %d, in seconds since 1970.", clock.End().Year()))
	}
	return n
}

func pastTime(to int64, now time.Time) error {
	return invalid("clock_backwards", "frozen_time", "Invalid frozen_time: it is %d (%s) in the simulation, and time does not go back to %d.", now.Unix(), now.UTC().Format(time.RFC3339), to)
}

func getClock(a *API, c *call) (object.Object, error) {
	k, err := a.clockOf(c)
	if err != nil {
		return nil, err
	}
	return a.clockObject(c.ctx, k)
}

func listClocks(a *API, c *call) (object.Object, error) {
	pg := pager{window: c.window()}
	if err := c.err(); err != nil {
		return nil, err
	}
	k, err := a.theClock(c.ctx)
	if err != nil {
		return nil, err
	}
	if k.ID != "" {
		o, err := a.clockObject(c.ctx, k)
		if err != nil {
			return nil, err
		}
		pg.take(k.ID, k.Created, func() object.Object { return o })
	}
	return pg.done(c, "test clock")
}

// deleteClock gives the clock back: time passes again as it did before, from where it stands.
func deleteClock(a *API, c *call) (object.Object, error) {
	k, err := a.clockOf(c)
	if err != nil {
		return nil, err
	}
	if a.Hand.Show().Mode == steer.Frozen && k.Rate > 0 {
		_, err = a.Hand.Steer(c.ctx, steer.Wish{Rate: &k.Rate})
	}
	if err == nil {
		err = a.changeClock(c, k.ID, testClock{})
	}
	return object.Object{"id": k.ID, "object": clockKind, "deleted": true}, err
}
