package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/clock"
	"sandbank/merchant/client"
	"sandbank/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a processor with faults on order.
type fake struct {
	t      *testing.T
	server *httptest.Server
	queue  chan []message
	asked  chan struct{} // a create or a confirmation has come
	sends  sync.WaitGroup

	mu        sync.Mutex
	payments  map[string]map[string]any
	byKey     map[string]string
	creates   map[string]int // tries by key
	confirms  map[string]int // tries by payment
	endpoints map[string]client.NewEndpoint
	sequence  int
	session   int // the details that are taken
	forms     int // how often they were filled in

	// The fault of a payment by its number; nil is none.
	wrong func(n int) mischief
}

// mischief is the fault of one payment.
type mischief struct {
	silent    bool // no webhook, but the result is there
	lost      bool // no result ever
	gone      bool // acknowledged, and not there any more
	twice     bool // the webhook comes twice
	reordered bool // an older event comes after it
	two       bool // another result comes after it
	forged    bool // a webhook with a wrong signature comes too
	early     bool // paid before the create is answered
	declines  int  // tries that are declined before
	refuse    int  // HTTP status of every create
	stumble   int  // creates that fail before one is taken
	noConfirm int  // HTTP status of every confirm
}

func newFake(t *testing.T, wrong func(int) mischief) *fake {
	f := &fake{
		t: t, payments: map[string]map[string]any{}, byKey: map[string]string{}, creates: map[string]int{}, confirms: map[string]int{},
		endpoints: map[string]client.NewEndpoint{}, wrong: wrong, queue: make(chan []message, 1000), asked: make(chan struct{}, 1000),
	}
	if f.wrong == nil {
		f.wrong = func(int) mischief { return mischief{} }
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"access_token":"t","expires_in":3600}`) })
	mux.HandleFunc("POST /v1/payments", f.create)
	mux.HandleFunc("GET /v1/payments/{id}", f.show)
	mux.HandleFunc("POST /v1/webhook-endpoints", f.register)
	mux.HandleFunc("DELETE /v1/webhook-endpoints/{id}", func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.endpoints, r.PathValue("id"))
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /pay/{id}", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "s1"})
		fmt.Fprint(w, `<form><input type="hidden" name="csrf" value="c1"></form>`)
	})
	mux.HandleFunc("POST /pay/{id}", f.fillIn)
	mux.HandleFunc("POST /pay/{id}/confirm", f.confirm)
	f.server = httptest.NewServer(mux)
	f.sends.Go(f.sendAll)
	t.Cleanup(func() { f.server.Close(); close(f.queue); f.sends.Wait() })
	return f
}

func numberOf(reference string) int {
	n, _ := strconv.Atoi(reference[strings.LastIndex(reference, "-")+1:])
	return n
}

func (f *fake) create(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body)
	key := r.Header.Get("Idempotency-Key")
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.wrong(numberOf(body["reference"].(string)))
	f.creates[key]++
	f.note()
	if f.creates[key] <= m.stumble {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if m.refuse != 0 {
		w.WriteHeader(m.refuse)
		fmt.Fprint(w, `{"code":"amount_invalid"}`)
		return
	}
	id := f.byKey[key]
	if id == "" {
		id = fmt.Sprintf("pay_%d", len(f.payments)+1)
		f.byKey[key] = id
		f.payments[id] = map[string]any{
			"id": id, "status": "created", "reference": body["reference"], "amount": body["amount"],
			"checkout_url": "http://another.address/pay/" + id,
		}
	}
	if m.early {
		f.finish(id, m)
	}
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(f.payments[id])
}

// note tells the test, if it listens.
func (f *fake) note() {
	select {
	case f.asked <- struct{}{}:
	default:
	}
}

func (f *fake) show(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.payments[r.PathValue("id")]
	if p == nil || f.wrong(numberOf(p["reference"].(string))).gone {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(p)
}

func (f *fake) register(w http.ResponseWriter, r *http.Request) {
	var n client.NewEndpoint
	_ = json.NewDecoder(r.Body).Decode(&n)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.endpoints["whe_1"] = n
	w.WriteHeader(http.StatusCreated)
	fmt.Fprint(w, `{"id":"whe_1"}`)
}

func (f *fake) fillIn(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie("session"); err != nil || c.Value != "s1" || r.FormValue("csrf") != "c1" || r.FormValue("number") != defaultCard {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forms++
	http.Redirect(w, r, fmt.Sprintf("/pay/%s/review?with=sealed-%d", r.PathValue("id"), f.session), http.StatusSeeOther)
}

func (f *fake) confirm(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := r.PathValue("id")
	m := f.wrong(numberOf(f.payments[id]["reference"].(string)))
	switch {
	case r.FormValue("instrument") != fmt.Sprintf("sealed-%d", f.session) || r.FormValue("csrf") != "c1":
		w.WriteHeader(http.StatusForbidden)
		return
	case m.noConfirm != 0:
		w.WriteHeader(m.noConfirm)
		return
	}
	if r.FormValue("try") == strconv.Itoa(f.confirms[id]+1) { // else it was made already
		f.note()
		f.confirms[id]++
		if f.confirms[id] <= m.declines {
			f.deliver([]message{f.event(id, "attempt.declined", "created")})
		} else if !m.lost && !m.gone && f.payments[id]["status"] == "created" {
			f.finish(id, m)
		}
	}
	http.Redirect(w, r, "/pay/"+id, http.StatusSeeOther)
}

// finish is the bank's approval, and the merchant's notification.
func (f *fake) finish(id string, m mischief) {
	f.payments[id]["status"] = "captured"
	if m.silent {
		return
	}
	list := []message{f.event(id, "payment.captured", "captured")}
	if m.twice {
		list = append(list, list[0])
	}
	if m.reordered {
		list = []message{f.event(id, "payment.captured", "captured"), list[0]}
	}
	if m.two {
		list = append(list, f.event(id, "payment.declined", "declined"))
	}
	if m.forged {
		forged := f.event(id, "payment.captured", "captured")
		forged.header.Set(webhook.HeaderSignature, "v1,AAAA")
		list = append(list, forged)
	}
	f.deliver(list)
}

// message is a signed webhook on its way.
type message struct {
	to, body string
	header   http.Header
}

func (f *fake) event(id, kind, status string) message {
	f.sequence++
	event := fmt.Sprintf("evt_%d", f.sequence)
	body := fmt.Sprintf(`{"id":%q,"type":%q,"sequence":%d,"data":{"id":%q,"reference":%q,"status":%q}}`,
		event, kind, f.sequence, id, f.payments[id]["reference"], status)
	now := time.Now()
	signature, err := webhook.Sign(f.endpoints["whe_1"].Secret, event, now, []byte(body))
	if err != nil {
		f.t.Error(err)
	}
	h := http.Header{}
	h.Set(webhook.HeaderID, event)
	h.Set(webhook.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(webhook.HeaderSignature, signature)
	return message{f.endpoints["whe_1"].URL, body, h}
}

// deliver hands over messages, which are sent one after the other in the order
// in which they were handed over.
func (f *fake) deliver(list []message) { f.queue <- list }

func (f *fake) sendAll() {
	far := &http.Client{Transport: &http.Transport{}}
	defer far.CloseIdleConnections()
	for list := range f.queue {
		for _, m := range list {
			r, err := http.NewRequest(http.MethodPost, m.to, strings.NewReader(m.body))
			if err != nil {
				f.t.Error(err)
				continue
			}
			r.Header = m.header
			if answer, err := far.Do(r); err == nil {
				answer.Body.Close()
			}
		}
	}
}

func (f *fake) options() Options {
	return Options{Bases: []string{f.server.URL}, ID: "a", Secret: "b", Payments: 20, Concurrency: 4, Timeout: 5 * time.Second}
}

func (f *fake) run(o Options) Report {
	f.t.Helper()
	r, err := Run(f.t.Context(), o, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	if len(f.endpoints) != 0 {
		f.t.Errorf("the endpoint stays: %v", f.endpoints)
	}
	return r
}

func TestRun_AllIsWell(t *testing.T) {
	f := newFake(t, nil)
	o := f.options()
	last := Progress{}
	report, err := Run(t.Context(), o, func(p Progress) { last = p })
	if err != nil || !report.OK() {
		t.Fatalf("ran 20 payments: want no complaint, got %v %+v", err, report)
	}
	if report.Acknowledged != 20 || report.Results["captured"] != 20 || report.Webhooks != 20 || report.ByAsking != 0 || report.PerSecond <= 0 {
		t.Errorf("ran 20 payments: want all acknowledged, captured and told by webhook, got %+v", report)
	}
	if report.Create.P50 <= 0 || report.EndToEnd.Max < report.EndToEnd.P99 || report.EndToEnd.P99 < report.EndToEnd.P50 {
		t.Errorf("measured 20 payments: want the percentiles in order, got %+v %+v", report.Create, report.EndToEnd)
	}
	if last != (Progress{20, 20}) {
		t.Errorf("the last progress is %+v", last)
	}
	if f.forms > 4 {
		t.Errorf("the form was filled in %d times for 4 customers", f.forms)
	}
}

// only does something wrong with payment 7.
func only(m mischief) func(int) mischief {
	return func(n int) mischief {
		if n == 7 {
			return m
		}
		return mischief{}
	}
}

func TestRun_WhatGoesWrongIsCounted(t *testing.T) {
	for name, c := range map[string]struct {
		wrong mischief
		want  func(Report) bool
		ok    bool
	}{
		"lost": {mischief{lost: true}, func(r Report) bool {
			return r.Lost == 1 && r.Unfinished == 1 && len(r.LostIDs) == 1 && r.Results["captured"] == 19
		}, false},
		"gone":                  {mischief{gone: true}, func(r Report) bool { return r.Lost == 1 && r.Unfinished == 0 }, false},
		"gone, and never paid":  {mischief{gone: true, noConfirm: 400}, func(r Report) bool { return r.Lost == 1 && r.Errors["checkout_confirm_400"] == 1 }, false},
		"no webhook":            {mischief{silent: true}, func(r Report) bool { return r.ByAsking == 1 && r.Results["captured"] == 20 && r.Webhooks == 19 }, true},
		"twice":                 {mischief{twice: true}, func(r Report) bool { return r.Duplicates == 1 && r.Webhooks == 21 }, true},
		"two results":           {mischief{two: true}, func(r Report) bool { return r.Contradictions == 1 }, false},
		"out of order":          {mischief{reordered: true}, func(r Report) bool { return r.OutOfOrder == 1 && r.Contradictions == 0 }, true},
		"forged":                {mischief{forged: true}, func(r Report) bool { return r.Refused == 1 && r.Webhooks == 20 }, true},
		"before the answer":     {mischief{early: true}, func(r Report) bool { return r.Results["captured"] == 20 }, true},
		"declined twice before": {mischief{declines: 2}, func(r Report) bool { return r.Results["captured"] == 20 && r.Webhooks == 22 }, true},
		"create stumbles":       {mischief{stumble: 2}, func(r Report) bool { return r.Repeats == 2 && r.Results["captured"] == 20 }, true},
		"create refused":        {mischief{refuse: 400}, func(r Report) bool { return r.Errors["amount_invalid"] == 1 && r.Lost == 0 && r.Acknowledged == 19 }, false},
		"confirm refused":       {mischief{noConfirm: 400}, func(r Report) bool { return r.Errors["checkout_confirm_400"] == 1 && r.Lost == 0 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, only(c.wrong))
			o := f.options()
			o.Concurrency = 1 // so that what follows a result comes before the next one
			if c.wrong.silent || c.wrong.lost || c.wrong.gone {
				o.Timeout = 3 * time.Second // which the others need on no machine
			}
			r := f.run(o)
			if !c.want(r) || r.OK() != c.ok {
				t.Errorf("ok %v: %+v", r.OK(), r)
			}
		})
	}
}

// A processor that restarts has a new key: details from before are not taken.
func TestRun_StaleDetailsAreFilledInAgain(t *testing.T) {
	var f *fake
	f = newFake(t, func(n int) mischief {
		if n == 10 && f.session == 0 {
			f.session = 1
		}
		return mischief{}
	})
	if r := f.run(f.options()); !r.OK() || r.Results["captured"] != 20 {
		t.Errorf("ran 20 payments with sessions that end: want all captured, got %+v", r)
	}
}

// With two processors, one that does not answer is passed by.
func TestRun_SecondProcessorTakesOver(t *testing.T) {
	f := newFake(t, nil)
	o := f.options()
	o.Bases = append(o.Bases, "http://127.0.0.1:1")
	r := f.run(o)
	if !r.OK() || r.Results["captured"] != 20 || r.Repeats == 0 {
		t.Errorf("ran 20 payments while one processor is away: want all captured, with repeats, got %+v", r)
	}
}

func TestRun_RateIsKept(t *testing.T) {
	f := newFake(t, nil)
	o := f.options()
	o.Payments, o.Rate = 10, 50
	began := time.Now()
	f.run(o)
	if took := time.Since(began); took < 180*time.Millisecond {
		t.Errorf("ten at 50 a second took %s", took)
	}
}

func TestRun_StoppedReportsWhatWasDone(t *testing.T) {
	f := newFake(t, func(n int) mischief { return mischief{lost: n >= 4} })
	ctx, cancel := context.WithCancel(t.Context())
	o := f.options()
	o.Timeout = time.Minute
	r, err := Run(ctx, o, func(p Progress) {
		if p.Done > 0 {
			cancel()
		}
	})
	if err == nil || r.Acknowledged == 0 || len(f.endpoints) != 0 {
		t.Errorf("stopped a run: want an error, what was done, and no endpoint left, got %v %+v %v", err, r, f.endpoints)
	}
}

// Where nothing moves, the run ends, and its report names the cause of the
// wait.
func TestRun_EndsWhenNothingMoves(t *testing.T) {
	for name, c := range map[string]struct {
		wrong mischief
		want  []string
	}{
		"nobody takes a payment": {mischief{refuse: http.StatusServiceUnavailable}, []string{"4 payments under way, 0 of 20 done", "amount_invalid", "Is a bank online?"}},
		"no bank answers":        {mischief{lost: true}, []string{"4 payments under way, 0 of 20 done", "no result has come", "--receiver-url"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, func(int) mischief { return c.wrong })
			o, hand := f.options(), clock.NewManual(time.Now())
			o.Timeout, o.Patience, o.Clock = time.Hour, time.Minute, hand
			ended := make(chan error, 1)
			go func() {
				_, err := Run(t.Context(), o, nil)
				ended <- err
			}()
			for reached := 0; reached < 4; {
				<-f.asked // a create or a confirmation
				f.mu.Lock()
				if reached = len(f.confirms); c.wrong.refuse != 0 {
					reached = 0
					for _, tries := range f.creates {
						if tries > 1 { // the answer to the first has come
							reached++
						}
					}
				}
				f.mu.Unlock()
			}
			over := make(chan struct{})
			var minutes sync.WaitGroup
			minutes.Go(func() {
				for {
					select {
					case <-over:
						return
					default:
						hand.AwaitTimers(1)
						hand.Advance(time.Minute)
					}
				}
			})
			err := <-ended
			close(over)
			hand.NewTimer(time.Hour) // so that nobody waits for the run's
			minutes.Wait()
			stalled, ok := errors.AsType[*StalledError](err)
			if !ok {
				t.Fatalf("it ended with %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(stalled.Error(), want) {
					t.Errorf("nothing about %q in: %v", want, stalled)
				}
			}
		})
	}
}

// A bank that decides one payment in the length of the patience is slow, and
// nothing stands still: the run goes on to its end.
func TestRun_GoesOnWhileSomethingMoves(t *testing.T) {
	f := newFake(t, func(int) mischief { return mischief{lost: true} })
	o, hand := f.options(), clock.NewManual(time.Now())
	o.Payments, o.Timeout, o.Patience, o.Clock = 8, time.Hour, time.Minute, hand
	var done atomic.Int64
	over := make(chan struct{})
	var err error // of the run, read when it is over
	var report Report
	go func() {
		defer close(over)
		report, err = Run(t.Context(), o, func(p Progress) { done.Store(int64(p.Done)) })
		hand.NewTimer(time.Hour) // so that nobody waits for the run's
	}()
	for decided := range o.Payments - 1 {
		f.decideOne(over)
		for done.Load() <= int64(decided) {
			select {
			case <-over:
				t.Fatalf("a bank that decides one payment a minute: want the run to go on after %d of them, it ended: %v", decided+1, err)
			case <-time.After(10 * time.Millisecond):
			}
		}
		hand.AwaitTimers(1)
		hand.Advance(o.Patience)
		hand.AwaitTimers(1) // the run has looked, and found that something moved
	}
	f.decideOne(over)
	if <-over; err != nil || !report.OK() || report.Acknowledged != o.Payments {
		t.Errorf("a bank that decides one payment a minute, %d payments: want all of them made, got %v %+v", o.Payments, err, report)
	}
}

// decideOne awaits a confirmed payment and approves it, unless the run is over.
func (f *fake) decideOne(over <-chan struct{}) {
	for {
		f.mu.Lock()
		for id := range f.confirms {
			if f.payments[id]["status"] == "created" {
				f.finish(id, mischief{})
				f.mu.Unlock()
				return
			}
		}
		f.mu.Unlock()
		select {
		case <-f.asked:
		case <-over:
			return
		}
	}
}

func TestRun_NoProcessor(t *testing.T) {
	_, err := Run(t.Context(), Options{Bases: []string{"http://127.0.0.1:1"}, ID: "a", Secret: "b"}, nil)
	if err == nil || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("ran with no processor: want an error that it cannot be reached, got %v", err)
	}
}

func TestRun_BadOptions(t *testing.T) {
	_, err := Run(t.Context(), Options{Payments: -1, Rate: -1, Concurrency: 1 << 20, Currency: "XXX", Listen: "x", ReceiverURL: "x", Timeout: -1}, nil)
	for _, want := range []string{"no processor", "number of payments", "rate", "number of customers", "currency", "receiver's address", "receiver's URL", "timeout"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nothing about the %s in: %v", want, err)
		}
	}
	if _, err := Run(t.Context(), Options{Bases: []string{"x"}, ID: "a", Secret: "b"}, nil); err == nil {
		t.Error("a bad base was taken")
	}
	if _, _, err := (Options{Bases: []string{"x"}, Value: "0"}).checked(); err == nil {
		t.Error("an amount of nothing was taken")
	}
}

func TestReport_ForPeople(t *testing.T) {
	var out bytes.Buffer
	r := Report{Payments: 10, Acknowledged: 9, Results: map[string]int{"captured": 7, "declined": 1}, Errors: map[string]int{"busy": 1},
		Lost: 1, LostIDs: []string{"pay_9"}, ByAsking: 8, ReceiverURL: "http://here"}
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"10 asked for, 9 acknowledged, 7 captured, 1 declined", "1 busy", "1: pay_9", "can the processor reach http://here?"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("nothing says %q in\n%s", want, out.String())
		}
	}
}

func TestSpread(t *testing.T) {
	var list []time.Duration
	for i := 100; i >= 1; i-- {
		list = append(list, time.Duration(i)*time.Millisecond)
	}
	if s := spread(list); s.P50 != 50 || s.P95 != 95 || s.P99 != 99 || s.Max != 100 {
		t.Errorf("spread of 1 to 100 ms: want 50, 95, 99 and 100, got %+v", s)
	}
	if spread(nil) != (Spread{}) {
		t.Error("nothing has a spread")
	}
}
