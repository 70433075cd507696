package node

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	svix "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"sandbank/bank"
	"sandbank/broker"
	"sandbank/clock"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/processor"
	"sandbank/processor/invariant"
	"sandbank/sim"
)

// The life of every payment of the matrix, in seconds from its creation.
const (
	expiry   = 30
	deadline = 60
	day      = 24 * 60 * 60
	lateness = 10 // of what is late on purpose
)

// answer is the bank's order, with the end of a challenge.
type answer struct {
	outcome sim.Outcome
	end     sim.End
}

// cell is one outcome, at one time, told in one way.
type cell struct {
	answer
	after  sim.When
	travel sim.Travel
	course
}

// course is how one payment is told, and what its creation was answered.
type course struct {
	channel sim.Channel
	way     sim.Way

	id   string
	held string // the header of the creation's answer
}

func (c *course) told() *course { return c }

// scene is a payment on the stage.
type scene interface {
	name() string
	told() *course
	// wrong says what of the payment is not as it has to be at a second; "" for nothing.
	wrong(p *payment.Payment, second int) string
}

// scenes are a list of cells as what the stage plays.
func scenes[S scene](list []S) []scene {
	all := make([]scene, len(list))
	for i, s := range list {
		all[i] = s
	}
	return all
}

// ways are all ways to be told, of each channel.
func ways() (list []course) {
	for _, channel := range sim.Channels() {
		for _, w := range sim.Ways(channel) {
			list = append(list, course{channel: channel, way: w})
		}
	}
	return list
}

// name says which cell it is.
func (c *cell) name() string {
	parts := []string{string(c.outcome), string(c.end), string(c.after), string(c.travel), string(c.channel), string(c.way)}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), "/")
}

// cells are made of the model's own words: each outcome, at each time, with each
// way to travel and each way to be told.
func cells() (list []*cell) {
	var answers []answer
	for _, o := range sim.Outcomes(sim.Authorize) {
		if o != sim.Challenge {
			answers = append(answers, answer{outcome: o})
			continue
		}
		for _, e := range sim.Ends() {
			answers = append(answers, answer{o, e})
		}
	}
	for _, a := range answers {
		for _, after := range []sim.When{"0s", "3s", "24h", sim.AfterDeadline, sim.Never} {
			if a.outcome == sim.Silent && after != sim.Never {
				continue // nothing is said, and so not at a time
			}
			for _, t := range sim.Travels(sim.Authorize) {
				list = append(list, &cell{answer: a, after: after, travel: t})
			}
			for _, w := range ways() {
				list = append(list, &cell{answer: a, after: after, course: w})
			}
		}
	}
	return list
}

// body is the request for the cell's payment.
func (c *cell) body() string {
	b := map[string]any{"outcome": c.outcome}
	if c.outcome != sim.Silent {
		b["after"] = c.after
	}
	switch c.outcome {
	case sim.Declined:
		b["reason"] = reason.LostCard
	case sim.Challenge:
		b["challenge"] = map[string]any{"ends": c.end, "after": "1s"}
	}
	plan := map[string]any{"customer": []any{map[string]any{"action": "pay"}}, "bank": b}
	if c.travel != "" {
		plan["travel"] = c.travel
	}
	return c.order(payment.CaptureAutomatic, plan)
}

// order is the request for a payment with a plan, and with the way in which it is told.
func (c *course) order(capture payment.CaptureMode, plan map[string]any) string {
	if c.channel != "" {
		plan["channels"] = map[string]any{string(c.channel): map[string]any{"how": []sim.Way{c.way}}}
	}
	text, _ := json.Marshal(map[string]any{
		"amount": map[string]any{"value": "19.99", "currency": "EUR"}, "reference": "order", "return_url": "https://shop.example/", "bank": "SANDNL2A",
		"expires_in_seconds": expiry, "capture": capture, "simulate": plan,
	})
	return string(text)
}

// decided is when the bank answers, in seconds; false for never.
func (c *cell) decided() (at int, ok bool) {
	switch c.after {
	case sim.Never:
		return 0, false
	case sim.AfterDeadline:
		at = deadline + 1
	default:
		d, _ := c.after.Duration()
		at = int(d / time.Second)
	}
	if c.travel == sim.AfterExpiry {
		at = max(at, expiry+1)
	}
	return at, c.outcome != sim.Silent
}

// expected are the statuses that the payment may have at a second; more than one
// while an answer may be held back behind others.
func (c *cell) expected(now int) []payment.Status {
	at, ok := c.decided()
	switch {
	case !ok || at > deadline || c.outcome == sim.WrongAmount:
		return []payment.Status{c.unanswered(now)}
	case now < at:
		return []payment.Status{payment.Processing}
	case c.travel == sim.OutOfOrder && c.outcome != sim.Challenge && now < at+3:
		return []payment.Status{payment.Processing, c.answered(now, at)}
	case c.outcome != sim.Challenge:
		return []payment.Status{c.answered(now, at)}
	case c.end == sim.EndWalkAway:
		if now < deadline {
			return []payment.Status{payment.ActionRequired}
		}
		return []payment.Status{payment.Failed}
	case c.travel != sim.OutOfOrder && now < at+1:
		return []payment.Status{payment.ActionRequired}
	case c.travel != sim.OutOfOrder && now == at+1: // a bank's decisions have instants of their own
		return []payment.Status{payment.ActionRequired, c.answered(now, at+1)}
	case c.travel == sim.OutOfOrder:
		return []payment.Status{c.answered(now, at)}
	}
	return []payment.Status{c.answered(now, at+1)}
}

func (c *cell) wrong(p *payment.Payment, second int) string {
	if !slices.Contains(c.expected(second), p.Status) {
		return fmt.Sprintf("is %s, not %v", p.Status, c.expected(second))
	}
	return ""
}

func (c *cell) unanswered(now int) payment.Status {
	if now < deadline {
		return payment.Processing
	}
	return payment.Failed
}

// answered is what an answer at a second leads to.
func (c *cell) answered(now, at int) payment.Status {
	switch {
	case c.outcome == sim.Failed:
		return payment.Failed
	case c.outcome == sim.Approved || c.end == sim.EndApprove:
		return payment.Captured
	case at >= expiry:
		return payment.Declined
	case now < expiry:
		return payment.Created // and the customer may try again
	}
	return payment.Abandoned
}

// source is the payment's own account of its cause.
func (c *cell) source() reason.Source {
	if status := c.expected(2 * day)[0]; status == payment.Abandoned {
		return reason.ByTime
	}
	return reason.ByRequest
}

// stage is a whole processor on a clock that stands still, with everything that
// a merchant listens with.
type stage struct {
	*cast
	clock *clock.Manual
	node  *Node
	// lead is how far the clock stands after each second: a bank's decisions have instants
	// of their own, a few microseconds late, and what follows them is due as late.
	lead time.Duration

	mu    sync.Mutex
	heard map[sim.Channel]map[string][]told // by payment
}

// told is one event as it came.
type told struct {
	event string
	at    time.Time // simulated
	good  bool      // of a webhook: the signature fits
}

func newStage(t *testing.T) *stage {
	s := &stage{clock: clock.NewManual(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)), heard: map[sim.Channel]map[string][]told{}}
	for _, c := range sim.Channels() {
		s.heard[c] = map[string][]told{}
	}
	s.node = started(t, Config{
		Log: slog.New(slog.DiscardHandler), Clock: s.clock, Banks: Banks{Tempers: bank.Seven()[:1], Timeout: deadline * time.Second},
		Hold: 10 * time.Second, // on a busy machine hundreds of payments at once take longer than usual
	})
	s.cast = &cast{T: t, base: s.node.URL(), tokens: map[string]string{}}
	s.token(identity.DemoShop)
	s.receive()
	s.consume()
	s.listen()
	return s
}

func (s *stage) hear(c sim.Channel, body []byte, good bool) {
	var e struct {
		ID   string
		Data struct{ ID string }
	}
	if err := json.Unmarshal(body, &e); err != nil {
		s.Errorf("%s: %v in %s", c, err, body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard[c][e.Data.ID] = append(s.heard[c][e.Data.ID], told{e.ID, s.clock.Now(), good})
}

// of are a payment's messages on a channel.
func (s *stage) of(c sim.Channel, id string) []told {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]told(nil), s.heard[c][id]...)
}

// receive takes webhooks as a merchant's server does: what is not signed right is
// refused.
func (s *stage) receive() {
	s.Helper()
	var hook *svix.Webhook
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		good := hook.Verify(body, r.Header) == nil
		if s.hear(sim.Webhook, body, good); !good {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	s.Cleanup(server.Close)
	_, body := s.send("demo-shop", "POST", "/v1/webhook-endpoints", `{"url": "`+server.URL+`", "events": ["*"]}`, "")
	secret, _ := member(s.T, body, "secret").(string)
	var err error
	if hook, err = svix.NewWebhook(secret); err != nil {
		s.Fatal(err)
	}
}

// consume listens over AMQP.
func (s *stage) consume() {
	s.Helper()
	conn, err := amqp.Dial(strings.Replace(s.node.AMQPURL(), BrokerUser+":"+BrokerPassword, "demo-shop:demo-shop-secret", 1))
	if err != nil {
		s.Fatal(err)
	}
	ch, err := conn.Channel()
	if err != nil {
		s.Fatal(err)
	}
	const queue = "merchant.demo-shop.matrix"
	if _, err = ch.QueueDeclare(queue, false, false, true, false, nil); err == nil {
		err = ch.QueueBind(queue, "*.*.demo-shop", broker.Events, false, nil)
	}
	if err != nil {
		s.Fatal(err)
	}
	events, err := ch.Consume(queue, "", true, true, false, false, nil)
	if err != nil {
		s.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for d := range events {
			s.hear(sim.AMQP, d.Body, true)
		}
	}()
	s.Cleanup(func() { _ = conn.Close(); <-done })
}

// listen listens to server-sent events.
func (s *stage) listen() {
	s.Helper()
	ctx, cancel := context.WithCancel(s.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/v1/events/stream?after=0", nil)
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.tokens["demo-shop"])
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		s.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		lines := bufio.NewScanner(answer.Body)
		for lines.Buffer(nil, 1<<20); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && strings.Contains(data, `"sequence"`) && strings.Contains(data, `"pay_`) {
				s.hear(sim.Stream, []byte(data), true)
			}
		}
	}()
	s.Cleanup(func() { cancel(); <-done; _ = answer.Body.Close() })
}

// atOnce does something for each of a list at once, as a crowd of clients.
func atOnce[S any](list []S, do func(client *http.Client, one S)) {
	next := make(chan S)
	var all sync.WaitGroup
	for range 128 { // more than have their answer held back for good
		all.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for c := range next {
				do(client, c)
			}
		})
	}
	for _, c := range list {
		next <- c
	}
	close(next)
	all.Wait()
}

// create makes the payment of a scene.
func (s *stage) create(client *http.Client, c scene, body string) {
	var made payment.Resource
	held := s.ask(client, c, "/v1/payments", body, &made)
	if made.Status != payment.Created {
		s.Errorf("%s: made %+v", c.name(), made)
	}
	c.told().id, c.told().held = made.ID, held
}

// ask asks the bank for something, and returns what the answer says of being held back.
func (s *stage) ask(client *http.Client, c scene, path, body string, into any) (held string) {
	r, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.base+path, strings.NewReader(body))
	if err != nil {
		s.Error(err)
		return ""
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.tokens["demo-shop"])
	answer, err := client.Do(r)
	if err != nil {
		s.Error(err)
		return ""
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil || answer.StatusCode != http.StatusAccepted {
		s.Errorf("%s: %s, %v, %+v", c.name(), answer.Status, err, into)
	}
	return answer.Header.Get("Sandbank-Held")
}

// glance is how long a wait pauses between two looks, of the computer's time.
const glance = 20 * time.Millisecond

// till moves the clock to a second and waits until every payment is where it has
// to be, and what leaves has left.
func (s *stage) till(second int, list []scene) {
	s.Helper()
	s.clock.Advance(s.start().Add(time.Duration(second)*time.Second + s.lead).Sub(s.clock.Now()))
	var wrong string
	for give := time.Now().Add(5 * time.Minute); time.Now().Before(give); {
		if wrong = s.astray(second, list); wrong == "" {
			break
		}
		_ = clock.Pause(s.Context(), glance) // which leaves the processor to the others
	}
	if wrong != "" {
		s.Fatalf("at second %d: %s", second, wrong)
	}
	s.holds(second)
}

// holds checks all invariants. They are read in several steps: while money moves,
// a violation is read again.
func (s *stage) holds(second int) {
	s.Helper()
	var violations []string
	for give := time.Now().Add(5 * time.Minute); time.Now().Before(give); {
		report, err := invariant.Check(s.Context(), s.node.Store(), s.clock.Now(), time.Minute)
		if err != nil {
			s.Fatal(err)
		}
		if violations = report.Violations; len(violations) == 0 {
			return
		}
		_ = clock.Pause(s.Context(), glance)
	}
	for _, v := range violations {
		s.Errorf("at second %d an invariant does not hold: %s", second, v)
	}
}

func (s *stage) start() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// astray names a payment that is not where it has to be, and what is in the outbox.
func (s *stage) astray(second int, list []scene) string {
	at := map[string]payment.Payment{}
	for p, err := range s.node.Store().AllPayments(s.Context()) {
		if err != nil {
			s.Fatal(err)
		}
		at[p.ID] = p
	}
	for _, c := range list {
		p := at[c.told().id]
		if wrong := c.wrong(&p, second); wrong != "" {
			return c.name() + " " + wrong
		}
	}
	if n, err := s.node.Store().Backlog(s.Context()); err != nil || n > 0 {
		return fmt.Sprintf("%d messages are in the outbox, %v", n, err)
	}
	return ""
}

// TestMatrix_EveryOutcomeAtEveryTimeInEveryWay takes all cells through two days
// together, on one clock: each payment has to be where it belongs at each moment,
// all invariants have to hold then, and each has to be told as it asked to be.
func TestMatrix_EveryOutcomeAtEveryTimeInEveryWay(t *testing.T) {
	list := cells()
	if len(list) < 300 {
		t.Fatalf("there are %d cells", len(list))
	}
	list = shareOf(t, list)
	s := newStage(t)
	atOnce(list, func(client *http.Client, c *cell) { s.create(client, c, c.body()) })
	all := scenes(list)
	for _, second := range []int{0, 2, 3, 4, 7, 11, expiry - 1, expiry, expiry + 1, expiry + 2, expiry + 12, deadline - 1, deadline, deadline + 1, deadline + 5, deadline + 12, day, day + 5, day + 20} {
		s.till(second, all)
	}
	s.settled(all)
	for _, c := range list {
		t.Run(c.name(), func(t *testing.T) { s.judge(t, c) })
	}
}

// shareOf is the share of the cells that this run walks, which changes from day to day.
func shareOf[S any](t *testing.T, list []S) (share []S) {
	t.Helper()
	today := time.Now().YearDay() % matrixShare
	for i := today; i < len(list); i += matrixShare {
		share = append(share, list[i])
	}
	if t.Logf("walking share %d of %d: %d of %d cells", today+1, matrixShare, len(share), len(list)); len(share) < len(list)/matrixShare {
		t.Fatalf("a share of %d cells is less than one in %d of %d", len(share), matrixShare, len(list))
	}
	return share
}

// settled waits until every channel has had its time.
func (s *stage) settled(list []scene) {
	s.Helper()
	stories := s.stories(list)
	for give := time.Now().Add(5 * time.Minute); time.Now().Before(give); {
		missing := 0
		for _, c := range list {
			for _, channel := range sim.Channels() {
				id := c.told().id
				missing += max(0, s.times(channel, stories[id])-len(s.of(channel, id)))
			}
		}
		if missing == 0 {
			return
		}
		_ = clock.Pause(s.Context(), glance)
	}
	s.Error("not everything was heard")
}

func (s *stage) stories(list []scene) map[string]processor.Timeline {
	all := map[string]processor.Timeline{}
	for _, c := range list {
		id := c.told().id
		story, err := s.node.Store().Timeline(s.Context(), id)
		if err != nil {
			s.Fatal(err)
		}
		all[id] = story
	}
	return all
}

// times is how often a channel has to have brought the events of a payment.
func (s *stage) times(channel sim.Channel, story processor.Timeline) (n int) {
	for _, e := range story.Events {
		course := e.Courses[channel]
		switch {
		case course.Has(sim.Lost):
		case course.Has(sim.Copied), course.Has(sim.BrokenSignature), course.Has(sim.StaleTimestamp):
			n += 2
		default:
			n++
		}
	}
	return n
}
