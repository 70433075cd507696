package dashboard

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/clock/steer"
	"sandbank/identity"
	"sandbank/internal/processortest"
	"sandbank/payment"
)

// controls are the commands that a bank was given, newest last.
func (b *board) controls() (list []wire.Controls) {
	b.T.Helper()
	for _, m := range b.Messages() {
		r, err := wire.ReadRequest(m.Body)
		if err == nil && r.Controls != nil {
			list = append(list, *r.Controls)
		}
	}
	return list
}

// A bank's delays, shares and outages are set on its page; what is typed wrongly comes back.
func TestDials_AreSet(t *testing.T) {
	b := newBoard(t)
	if _, body := b.get("/banks"); !strings.Contains(body, "Delays and shares") || !strings.Contains(body, "An outage") {
		t.Fatal("the banks have no dials")
	}
	if w := b.post("/banks/SANDNL2A/temper", url.Values{"min_delay": {"1s"}, "max_delay": {"3s"}, "declines": {"25"}}); w.Code != http.StatusSeeOther {
		t.Fatalf("set the dials: want 303, got %d %s", w.Code, w.Body)
	}
	if w := b.post("/banks/SANDNL2A/offline", url.Values{"for": {"5m"}}); w.Code != http.StatusSeeOther {
		t.Fatalf("took it offline: want 303, got %d", w.Code)
	}
	list := b.controls()
	if len(list) != 2 || list[0].Temper == nil || *list[0].Temper.MinDelayMS != 1000 || *list[0].Temper.Declines != 0.25 || list[0].Temper.Silent != nil || list[1].Until == nil {
		t.Fatalf("it was told %+v", list)
	}
	for name, form := range map[string]url.Values{
		"at most": {"min_delay": {"3s"}, "max_delay": {"1s"}}, "duration": {"min_delay": {"soon"}}, "0 to 100": {"silent": {"101"}}, "from 0": {"twice": {"NaN"}},
	} {
		w := b.post("/banks/SANDNL2A/temper", form)
		if w.Code != http.StatusUnprocessableEntity || name != "at most" && !strings.Contains(w.Body.String(), name) {
			t.Errorf("%v: want 422 with %q, got %d", form, name, w.Code)
		}
	}
	if w := b.post("/banks/SANDNL2A/offline", url.Values{"for": {"-1m"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("took it offline for less than nothing: want 422, got %d", w.Code)
	}
	if w := b.post("/banks/NONENL2A/temper", nil); w.Code != http.StatusNotFound {
		t.Errorf("set the dials of no bank: want 404, got %d", w.Code)
	}
	if n := len(b.controls()); n != 2 {
		t.Errorf("a refused form told the bank something: %d commands", n)
	}
}

// A payment's page cancels it, and has its customer dispute it.
func TestActs_CancelAndDispute(t *testing.T) {
	b := newBoard(t)
	p := b.Made()
	at := "/payments/" + p.ID
	if _, body := b.get(at); !strings.Contains(body, at+"/cancel") || strings.Contains(body, at+"/dispute") {
		t.Error("an unpaid payment can be disputed, or not canceled")
	}
	if w := b.post(at+"/dispute", nil); w.Code != http.StatusConflict {
		t.Errorf("disputed an unpaid payment: want 409, got %d", w.Code)
	}
	if w := b.post(at+"/cancel", nil); w.Code != http.StatusSeeOther || b.Now(p.ID).Status != payment.Canceled {
		t.Errorf("canceled it: %d, and it is %s", w.Code, b.Now(p.ID).Status)
	}
	paid, q := b.Paid()
	b.Say(processortest.Answer(q, payment.OutcomeApproved))
	at = "/payments/" + paid.ID
	if _, body := b.get(at); !strings.Contains(body, at+"/dispute") {
		t.Error("a captured payment cannot be disputed")
	}
	if w := b.post(at+"/dispute", nil); w.Code != http.StatusSeeOther {
		t.Errorf("disputed it: want 303, got %d %s", w.Code, w.Body)
	}
	if list := b.controls(); len(list) != 1 || list[0].Command != wire.CommandDispute {
		t.Errorf("the bank was told %+v", list)
	}
}

// A payment's page has the clock go on to where the payment's time is up.
func TestActs_ExpireNow(t *testing.T) {
	b := newBoard(t)
	p := b.Made()
	c := clock.NewSteered(clock.State{Version: 1, At: sampleTime, Since: time.Now()})
	hand := steer.New(steer.Config{Clock: c, Keeper: b.Disk})
	router := mux.NewRouter()
	New(Config{
		Processor: b.Processor, Clients: identity.NewRegistry(identity.DemoShop), Address: b.Config.Address, Clock: c, Hand: hand, Log: slog.New(slog.DiscardHandler),
		Base: processortest.Base,
	}).Mount(router)
	b.front = router
	at := "/payments/" + p.ID
	if _, body := b.get(at); !strings.Contains(body, "Expire now") {
		t.Error("the payment cannot expire")
	}
	if w := b.post(at+"/expire", nil); w.Code != http.StatusSeeOther || !hand.Show().Now.Equal(p.DueAt) {
		t.Errorf("had it expire: %d, and it is %s, want %s", w.Code, hand.Show().Now, p.DueAt)
	}
	if _, err := b.Cancel(t.Context(), p.ID, payment.ByMerchant); err != nil {
		t.Fatal(err)
	}
	if w := b.post(at+"/expire", nil); w.Code != http.StatusConflict {
		t.Errorf("had a canceled one expire: want 409, got %d", w.Code)
	}
}
