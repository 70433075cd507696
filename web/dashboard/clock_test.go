package dashboard

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"sandbank/clock"
	"sandbank/clock/steer"
	"sandbank/identity"
)

// clocked is a dashboard whose clock is held at a time, for a viewer of a role.
func clocked(t *testing.T, role identity.Role) (http.Handler, *steer.Hand) {
	t.Helper()
	b := newBoard(t)
	c := clock.NewSteered(clock.State{Version: 1, At: sampleTime, Since: time.Now()})
	hand := steer.New(steer.Config{Clock: c, Keeper: b.Disk})
	router := mux.NewRouter()
	New(Config{
		Processor: b.Processor, Clients: identity.NewRegistry(identity.DemoShop), Address: b.Config.Address, Clock: c, Hand: hand, Log: slog.New(slog.DiscardHandler), Base: "http://x",
		Who: func(*http.Request) (identity.Principal, bool) {
			return identity.Principal{Person: "ann", Role: role, Merchant: identity.Merchant{ID: "demo-shop"}}, true
		},
	}).Mount(router)
	return router, hand
}

func steerBy(h http.Handler, form url.Values, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://x/clock", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestClock_IsSteeredFromTheHead(t *testing.T) {
	h, hand := clocked(t, identity.RoleOperator)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://x/banks", nil))
	for _, want := range []string{`action="/clock"`, `name="back" value="/banks"`, ">frozen<", "2026-03-14"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the head does not have %s", want)
		}
	}
	for _, c := range []struct {
		form url.Values
		now  time.Time
		mode steer.Mode
	}{
		{url.Values{"move": {"15m"}}, sampleTime.Add(15 * time.Minute), steer.Frozen},
		{url.Values{"move": {"1h"}, "to": {"2027-01-01 12:00"}}, time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC), steer.Frozen},
		{url.Values{"move": {"next"}}, time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC), steer.Frozen},
		{url.Values{"way": {"60"}}, time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC), steer.Running},
		{url.Values{"way": {"freeze"}}, time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC), steer.Frozen},
	} {
		c.form.Set("back", "/events?x=y")
		w := steerBy(h, c.form)
		v := hand.Show()
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/events?x=y" || v.Mode != c.mode || v.Now.Sub(c.now).Abs() > 5*time.Minute {
			t.Errorf("%v: %d to %s, now %s, %s", c.form, w.Code, w.Header().Get("Location"), v.Now, v.Mode)
		}
	}
}

func TestClock_RefusesWhatItCannotDo(t *testing.T) {
	h, hand := clocked(t, identity.RoleOperator)
	before := hand.Show().Version
	for name, c := range map[string]struct {
		form    url.Values
		headers []string
		code    int
	}{
		"nothing":      {url.Values{}, nil, 400},
		"back in time": {url.Values{"to": {"2020-01-01 00:00"}}, nil, 409},
		"a word":       {url.Values{"to": {"tomorrow"}}, nil, 400},
		"a way":        {url.Values{"way": {"fast"}}, nil, 400},
		"a move":       {url.Values{"move": {"1y"}}, nil, 400},
		"another site": {url.Values{"way": {"follow"}}, []string{"Origin", "https://evil.example"}, 403},
	} {
		if w := steerBy(h, c.form, c.headers...); w.Code != c.code {
			t.Errorf("%s: %d, want %d", name, w.Code, c.code)
		}
	}
	if v := hand.Show(); v.Version != before {
		t.Errorf("what was refused steered the clock: %+v", v)
	}
	for _, back := range []string{"//evil.example", `/\evil.example`, "https://evil.example", ""} {
		if w := steerBy(h, url.Values{"way": {"freeze"}, "back": {back}}); w.Header().Get("Location") != "/" {
			t.Errorf("back to %q leads to %s", back, w.Header().Get("Location"))
		}
	}
}

func TestClock_IsShownToThoseWhoMayNotSteer(t *testing.T) {
	h, _ := clocked(t, identity.RoleMerchant)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://x/banks", nil))
	if body := w.Body.String(); !strings.Contains(body, ">frozen<") || strings.Contains(body, `action="/clock"`) {
		t.Error("a merchant sees no clock, or may steer it")
	}
	if w := steerBy(h, url.Values{"way": {"follow"}}); w.Code != http.StatusForbidden {
		t.Errorf("a merchant steers: %d", w.Code)
	}
}
