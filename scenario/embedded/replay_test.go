package embedded_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/node"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
	"sandbank/scenario"
	"sandbank/scenario/embedded"
	"sandbank/scenario/runner"
)

// day is when the runs of these tests begin.
var day = time.Date(2031, 3, 3, 8, 0, 0, 0, time.UTC)

// world is a Sandbank of which a test makes use over HTTP.
type world struct {
	*testing.T
	node   *node.Node
	tokens map[string]string
	luck   *rand.Rand
	people map[string]bool // payments at which a person acted, on a page
}

// newWorld starts a Sandbank, whose merchant takes every webhook.
func newWorld(t *testing.T, seed, luck uint64) *world {
	t.Helper()
	n, err := embedded.Start(t.Context(), embedded.Config{Seed: seed, Start: day})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t, n, map[string]string{}, rand.New(rand.NewPCG(luck, 0)), map[string]bool{}}
	hooks := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(func() {
		if err := n.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		hooks.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	for _, c := range []identity.Client{identity.DemoShop, identity.DemoOperator} {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ID}, "client_secret": {c.Secret.Reveal()}}
		answer := w.send(c.ID, "POST", "/oauth/token", form.Encode())
		var got struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal([]byte(answer), &got); err != nil || got.Token == "" {
			t.Fatalf("no token for %s: %v %s", c.ID, err, answer)
		}
		w.tokens[c.ID] = got.Token
	}
	w.shop("POST", "/v1/webhook-endpoints", `{"url": "`+hooks.URL+`", "events": ["*"]}`)
	return w
}

func (w *world) shop(method, path, body string) string {
	return w.send(identity.DemoShop.ID, method, path, body)
}

func (w *world) operator(method, path, body string) string {
	return w.send(identity.DemoOperator.ID, method, path, body)
}

// send asks, and returns the answer whatever it is: what cannot be done to a payment is refused.
func (w *world) send(who, method, path, body string) string {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, w.node.URL()+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if r.Header.Set("Authorization", "Bearer "+w.tokens[who]); path == "/oauth/token" {
		r.Header.Del("Authorization")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if strings.HasPrefix(path, "/sim/payments/") || strings.HasPrefix(path, "/sim/disputes/") {
		r.Header.Set("Sandbank-Merchant", identity.DemoShop.Merchant.ID)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= http.StatusInternalServerError {
		w.Fatalf("%s %s: %s %v %s", method, path, answer.Status, err, said)
	}
	return string(said)
}

func (w *world) advance(by string) {
	w.Helper()
	w.operator("POST", "/sim/clock", `{"advance": {"by": "`+by+`"}}`)
}

// one picks one of a list.
func (w *world) one(list ...string) string { return list[w.luck.IntN(len(list))] }

// create makes a random payment, and returns its id.
func (w *world) create() string {
	w.Helper()
	var more []string
	if bank := w.one("", "SANDNL2A", "SANDNL2A", "SLOWDE2A", "CHALES2A", "FLAKGB2A", "MISCBE2A", "MUTEIE2A"); bank != "" {
		more = append(more, `"bank": "`+bank+`"`)
	}
	more = append(more, w.one(``, ``, `"capture": "manual"`), w.one(``, ``, `"attempts": 1`, `"attempts": 2`), w.one(``, `"expires_in_seconds": 120`), w.one(``, `"description": "2 mugs: \"blue\", $5"`, `"metadata": {"cart": "7", "a b": "yes"}`))
	more = append(more, w.one(``, ``, ``, ``, ``, ``, ``,
		`"simulate": {"customer": [{"action": "pay"}]}`,
		`"simulate": {"customer": [{"action": "pay", "after": "20s", "card": "4000000000009995"}, {"action": "retry", "after": "9s"}]}`,
		`"simulate": {"customer": [{"action": "pay"}], "bank": {"outcome": "challenge", "challenge": {"ends": "`+w.one("approve", "decline", "cancel", "walk_away")+`", "after": "20s"}}}`,
		`"simulate": {"customer": [{"action": "pay", "after": "10s"}], "bank": {"dispute": {"after": "10m"}}}`,
		`"simulate": {"customer": [{"action": "submit_twice", "after": "1m"}], "channels": {"webhook": {"how": ["`+w.one("twice", "late", "lost", "reordered")+`"]}}}`,
		`"simulate": {"customer": [{"action": "pay"}], "bank": {"outcome": "`+w.one("silent", "declined", "error", "wrong_amount")+`"}}`,
		`"simulate": {"customer": [{"action": "pay", "after": "1m"}, {"action": "cancel"}], "travel": "`+w.one("twice", "after_expiry", "out_of_order")+`"}`,
		`"simulate": {"customer": [{"action": "walk_away"}, {"action": "come_back_late", "after": "30s"}]}`,
	))
	return w.made(more...)
}

// made makes a payment of a random amount, and returns its id. What more it has is given as members of its wish.
func (w *world) made(more ...string) string {
	w.Helper()
	body := fmt.Sprintf(`{"amount": {"value": "%d.%02d", "currency": "EUR"}, "reference": "order-%d", "return_url": "https://shop.example/"`, 5+w.luck.IntN(90), w.luck.IntN(100), w.luck.IntN(1000))
	for _, m := range more {
		if m != "" {
			body += ", " + m
		}
	}
	var made struct{ ID string }
	answer := w.shop("POST", "/v1/payments", body+"}")
	if err := json.Unmarshal([]byte(answer), &made); err != nil || made.ID == "" {
		w.Fatalf("POST /v1/payments %s}: %v %s", body, err, answer)
	}
	return made.ID
}

// touch does something random to a payment, which may be refused.
func (w *world) touch(id string) {
	w.Helper()
	amount := fmt.Sprintf(`"amount": {"value": "%d.50", "currency": "EUR"}`, 1+w.luck.IntN(4))
	customer := func(body string) { w.shop("POST", "/sim/payments/"+id+"/customer", body) }
	switch w.luck.IntN(20) {
	default:
		customer(`{"action": "pay", "card": "` + w.one("4242424242424242", "4242424242424242", "4000000000009995", "4000000000009987", "4000002500003155", "4000000000000259", "4000000000000119") + `"}`)
	case 12: // a person, on the checkout's page
		number := w.one("4242424242424242", "4000000000009995", "4000002500003155")
		with, err := instrument.Known(number, "", w.one("", "", "DECLINED"))
		if err != nil {
			w.Fatal(err)
		}
		if _, err = w.node.Processor().Pay(w.Context(), id, with, ""); err == nil { // it may be refused
			w.people[id] = true
		}
	case 13:
		if _, err := w.node.Processor().Cancel(w.Context(), id, payment.ByCustomer); err == nil {
			w.people[id] = true
		}
	case 3:
		customer(`{"action": "retry", "card": "5555555555554444"}`)
	case 4:
		customer(`{"action": "pay", "iban": "NL61SAND0000000001", "after": "15s"}`)
	case 5:
		customer(`{"action": "` + w.one("cancel", "walk_away") + `"}`)
	case 6:
		w.shop("POST", "/sim/payments/"+id+"/bank", `{"outcome": "`+w.one("approved", "declined", "error", "silent")+`", "after": "4s"}`)
	case 7:
		w.shop("POST", "/v1/payments/"+id+"/"+w.one("cancel", "void"), "")
	case 8:
		w.shop("POST", "/v1/payments/"+id+"/capture", `{`+w.one(amount, amount+`, "final": true`, amount+`, "description": "part"`)+`}`)
	case 9, 10:
		w.shop("POST", "/v1/payments/"+id+"/refunds", `{`+amount+w.one(``, `, "description": "broken"`)+`}`)
	case 11:
		w.shop("POST", "/sim/payments/"+id+"/bank", `{"refund": {"outcome": "declined", "after": "2m"}}`)
	}
}

// live has a number of payments made, and random things happen to them.
func (w *world) live(payments int) (ids []string) {
	w.Helper()
	for range payments {
		ids = append(ids, w.create())
		if w.luck.IntN(3) == 0 {
			w.advance(w.one("1s", "7s", "1m"))
		}
	}
	for range 5 {
		for _, id := range ids {
			if w.luck.IntN(3) > 0 {
				w.touch(id)
			}
		}
		w.advance(w.one("500ms", "3s", "17s", "2m", "16m", "3h"))
	}
	return ids
}

var identifier = regexp.MustCompile(`\b([a-z]{2,4})_[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f-]{22})\b`)

// others are what of a payment's lines depends on others: the numbers of the merchant's events, when its
// endpoint was made, and the microseconds by which a bank tells its decisions of one instant apart, also in the
// sum over a message that was not applied.
var others = regexp.MustCompile(`"sequence":\d+|"endpoint":"whe_[^"]*"| [0-9a-f]{16}"`)

var instant = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z`)

// roughly is an instant without the microseconds of a bank's order.
func roughly(text string) string {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return at.Truncate(10 * time.Microsecond).Format(time.RFC3339Nano)
}

// linesOf are the lines of a transcript that are about a payment, without what depends on others. Commands to
// banks are numbered by bank, so their names are left out as well.
func linesOf(transcript, id string) string {
	var kept []string
	for _, line := range strings.Split(transcript, "\n") {
		if !strings.Contains(line, `"id":"`+id) && !strings.Contains(line, `"of":"`+id) {
			continue
		}
		line = instant.ReplaceAllStringFunc(others.ReplaceAllString(line, ""), roughly)
		if strings.Contains(line, `"type":"control"`) {
			line = identifier.ReplaceAllString(line, `${1}`)
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "\n")
}

// replay runs a file that was exported, and returns what came of it with its Sandbank's transcript.
func replay(t *testing.T, file string) (scenario.Result, string) {
	t.Helper()
	list, err := scenario.Read("exported.yaml", func(string) ([]byte, error) { return []byte(file), nil })
	if err != nil || len(list) != 1 {
		t.Fatalf("the exported file has to be one scenario: %v\n%s", err, file)
	}
	var lines bytes.Buffer
	r := runner.Run(t.Context(), list[0], func(ctx context.Context, s scenario.Scenario) (runner.Stage, error) {
		n, err := embedded.Start(ctx, embedded.Config{Seed: s.Seed, Start: s.Start})
		if err != nil {
			return runner.Stage{}, err
		}
		stage := embedded.Stage(n)
		stage.Close = func(ctx context.Context) error {
			if err := n.Processor().Transcript(ctx, processor.Everyone(), &lines); err != nil {
				t.Error(err)
			}
			return n.Close(ctx)
		}
		return stage, nil
	}, runner.Options{})
	return r, lines.String()
}

// failedWith words a result that is not as it should be.
func failedWith(r scenario.Result) string {
	if r.Failure != nil {
		return fmt.Sprintf("%s: %s: expected %s, saw %s", r.Outcome, r.Failure.Step.At, r.Failure.Expected, r.Failure.Seen)
	}
	return fmt.Sprintf("%s: %v", r.Outcome, r.Err)
}

// A random payment, exported and run again, has the same status, reason and events, and with the seed the
// same lines of the transcript, unless a person acted: that is done on purpose in the replay, and counted.
func TestReplay_OfRandomPayments(t *testing.T) {
	t.Parallel()
	worlds, each := 20, 10
	if testing.Short() {
		worlds = 3
	}
	for k := range worlds {
		w := newWorld(t, uint64(100+k), uint64(k))
		ids := w.live(each)
		transcript := w.operator("GET", "/sim/transcript", "")
		for _, id := range ids {
			file, err := w.node.Processor().Scenario(t.Context(), processor.Only(identity.DemoShop.Merchant.ID), id)
			if err != nil {
				t.Fatal(err)
			}
			r, again := replay(t, string(file))
			if r.Outcome != scenario.Held {
				t.Errorf("world %d, %s: %s\n%s\n%s", k, id, failedWith(r), file, difference(linesOf(transcript, id), linesOf(again, id)))
				continue
			}
			if want, got := linesOf(transcript, id), linesOf(again, id); want != got && !w.people[id] {
				t.Errorf("world %d, %s: the transcripts differ:\n%s\n%s", k, id, file, difference(want, got))
			}
		}
		if t.Failed() {
			return
		}
	}
}

// difference is where two texts differ first.
func difference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Sprintf("line %d\nthen: %s\nnow:  %s", i+1, as[i], bs[i])
		}
	}
	return fmt.Sprintf("%d and %d lines:\n%s\n%s", len(as), len(bs), a, b)
}

// Where there is no seed, a random payment has the same status, reason and events in the replay.
func TestReplay_WithoutASeed(t *testing.T) {
	t.Parallel()
	for k := range 4 {
		w := newWorld(t, 0, uint64(k))
		for _, id := range w.live(10) {
			file, err := w.node.Processor().Scenario(t.Context(), processor.Only(identity.DemoShop.Merchant.ID), id)
			if err != nil {
				t.Fatal(err)
			}
			if r, again := replay(t, string(file)); r.Outcome != scenario.Held {
				t.Errorf("world %d, %s: %s\n%s\n%s", k, id, failedWith(r), file, again)
			}
		}
	}
}

// A dispute that somebody decided, with evidence and without, ends the same in the replay: alone, and as a part of a run.
func TestReplay_OfADispute(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{0, 300} {
		for _, end := range []string{"won", "lost"} {
			w := newWorld(t, seed, 0)
			id := w.made(`"bank": "SANDNL2A", "simulate": {"customer": [{"action": "pay"}]}`)
			w.advance("1m")
			w.operator("POST", "/sim/payments/"+id+"/dispute", `{"reason": "fraudulent"}`)
			w.advance("1m")
			var list struct{ Data []struct{ ID string } }
			if err := json.Unmarshal([]byte(w.shop("GET", "/v1/disputes", "")), &list); err != nil || len(list.Data) != 1 {
				t.Fatalf("expected one dispute, got %+v, %v", list, err)
			}
			if end == "won" {
				w.shop("POST", "/v1/disputes/"+list.Data[0].ID+"/evidence", `{"evidence": "a signed receipt"}`)
			}
			w.operator("POST", "/sim/disputes/"+list.Data[0].ID+"/decide", `{"outcome": "`+end+`"}`)
			w.advance("1m")
			alone, err := w.node.Processor().Scenario(t.Context(), processor.Only(identity.DemoShop.Merchant.ID), id)
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{string(alone), w.shop("GET", "/sim/scenario", "")} {
				if r, _ := replay(t, file); r.Outcome != scenario.Held || !strings.Contains(file, "decide: "+end) || !strings.Contains(file, "dispute."+end) {
					t.Errorf("seed %d, %s: %s\n%s", seed, end, failedWith(r), file)
				}
			}
		}
	}
}

// All payments of a run, with what operators did, come to the same transcript, and to the same end.
func TestReplay_OfARun(t *testing.T) {
	t.Parallel()
	for k := range 3 {
		w := newWorld(t, uint64(200+k), uint64(k))
		w.operator("PATCH", "/sim/banks/SANDNL2A", `{"min_delay_ms": 1000, "max_delay_ms": 1500}`)
		ids := w.live(8)
		w.operator("POST", "/sim/banks/SANDNL2A/settle", "")
		w.advance("1h")
		w.operator("POST", "/v1/payouts", "")
		w.advance("1s")
		transcript := w.operator("GET", "/sim/transcript", "")
		file := w.shop("GET", "/sim/scenario", "")
		r, again := replay(t, file)
		if r.Outcome != scenario.Held {
			t.Errorf("world %d: %s\n%s", k, failedWith(r), file)
			continue
		}
		for _, id := range ids {
			if want, got := linesOf(transcript, id), linesOf(again, id); want != got && !w.people[id] {
				t.Errorf("world %d, %s: the transcripts differ:\n%s\n%s", k, id, file, difference(want, got))
			}
		}
		for _, what := range []string{"settlement", "payout"} {
			if want, got := strings.Count(transcript, `"what":"`+what+`"`), strings.Count(again, `"what":"`+what+`"`); want != got {
				t.Errorf("world %d: expected %d lines of %ss, got %d\n%s", k, want, what, got, file)
			}
		}
	}
}
