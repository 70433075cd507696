package api

import (
	"net/http"

	"sandbank/clock/steer"
	"sandbank/web/gate"
)

func (a *API) getClock(w http.ResponseWriter, _ *http.Request, _ gate.Call) error {
	if a.Hand == nil {
		return gate.Reply(w, http.StatusOK, steer.View{Now: a.Clock.Now(), Mode: steer.Following, Rate: 1, Real: a.Computer.Now()})
	}
	return gate.Reply(w, http.StatusOK, a.Hand.Show())
}

func (a *API) steerClock(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	var wish steer.Wish
	if err := decode(r, &wish); err != nil {
		return err
	}
	if err := wish.Check(); err != nil {
		return err
	}
	if a.Hand == nil {
		return steer.NotSteerable()
	}
	report, err := a.Hand.Steer(r.Context(), wish)
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, report)
}
