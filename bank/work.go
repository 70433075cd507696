package bank

import (
	"context"
	"time"

	"sandbank/bank/book"
	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/telemetry/trace"
)

// job is a request whose time has come, or a cut-off.
type job struct {
	request  wire.Request
	decision Decision
	ack      func() // has the request acknowledged at the end of the round; nil if there is nothing to acknowledge
	session  context.Context
	behind   int   // number of answers that go first
	decided  *bool // shared by the two copies of a held job, so that only one is decided
	anew     bool  // replaces an earlier decision that was not published
	cutOff   bool
	daily    bool
	currency money.Currency
	span     trace.Span    // of the request; the zero value for none
	reached  chan struct{} // closed when the work before is done; the job is nothing else
}

// handle takes requests. Those that are due now go on at once; the others wait,
// unacknowledged, until their time. While the bank is away, all requests but
// commands wait.
func (b *Bank) handle(ctx context.Context, deliveries []broker.Delivery) {
	b.tasks.Begin(1)
	defer b.tasks.End(1)
	b.hand.Take(deliveries)
	defer b.hand.Settle()
	for _, d := range deliveries {
		ack := func() { b.hand.Done(d) }
		r, err := wire.ReadRequest(d.Body())
		if err != nil {
			if _, none := wire.ReadCall(d.Body()); none == nil {
				b.turn()
				ack()
				continue
			}
			b.Log.Warn("a request that cannot be read goes to the dead letters", "bank", b.Identifier, "error", err)
			b.hand.Reject(d)
			continue
		}
		if r.Type == wire.Control {
			b.command(ctx, r, ack)
			continue
		}
		b.take(job{request: r, ack: ack, session: ctx, span: b.span(d, r)})
	}
}

// take makes a request wait until its time.
func (b *Bank) take(j job) {
	b.mu.Lock()
	if b.asks() || b.away() {
		b.parked = append(b.parked, j)
		b.mu.Unlock()
		return
	}
	_, again := b.book.Answer(j.request.ID)
	j.decision = Decide(b.Seed, b.temper(), j.request)
	b.mu.Unlock()
	if j.decision.Held && !j.decision.Silent {
		j.behind, j.decided = 3, new(bool)
	}
	now := b.Clock.Now()
	wait := j.decision.wait(now)
	switch {
	case j.anew:
	case again || j.request.Type == wire.Reverse || j.request.Type == wire.Evidence || j.decision.Silent:
		wait = 0
	}
	if wait <= 0 {
		b.enqueue(j)
		return
	}
	b.later(j, now.Add(wait))
}

func (b *Bank) enqueue(j job) {
	b.tasks.Begin(1)
	select {
	case b.jobs <- &j:
	case <-j.session.Done():
		b.tasks.End(1)
	}
}

func (b *Bank) later(j job, at time.Time) {
	b.at(j.session, at, func() { b.enqueue(j) })
}

// at has something done at a moment, unless ctx ends before.
func (b *Bank) at(ctx context.Context, at time.Time, do func()) {
	if b.schedule.add(ctx, at, do) {
		b.agendas.Begin(1)
		signal(b.agenda)
	}
}

// work decides and publishes, each time for all waiting jobs up to a limit.
func (b *Bank) work(ctx context.Context) {
	b.tell(ctx, b.resume())
	for {
		var waiting []job
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		case first := <-b.jobs:
			waiting = append(waiting, *first)
		}
		for more := true; more && len(waiting) < batch; {
			select {
			case next := <-b.jobs:
				waiting = append(waiting, *next)
			default:
				more = false
			}
		}
		roused := int(b.wakes.Open())
		if !b.round(ctx, waiting) {
			return
		}
		b.tasks.End(len(waiting))
		b.wakes.End(roused)
	}
}

// resume continues with the decisions of a former run that may not have been
// published. A challenge waits for its request to come again, because only the
// request has the address that the customer returns to.
func (b *Bank) resume() (out []reply) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.book.Unsent() {
		if a.Outcome != payment.OutcomeChallenge {
			out = append(out, reply{request: a.Request, results: []wire.Result{word(b.Seed, b.Identifier, a)}})
		}
	}
	return out
}

// reply is the answer to a request; two messages if it is sent twice.
type reply struct {
	request string
	results []wire.Result
	trace   trace.Context
	last    bool // published behind the messages that the bank sends without being asked
}

// round decides a batch, publishes the answers, and then acknowledges it. It
// returns false if the bank ends before that.
func (b *Bank) round(ctx context.Context, jobs []job) bool {
	replies, ok := b.decide(jobs)
	if !ok || !b.tell(ctx, replies) {
		return false
	}
	for _, j := range jobs {
		if j.cutOff && (!b.cutOff(j) || !b.tell(ctx, nil)) {
			return false
		}
	}
	for _, j := range jobs {
		if j.ack != nil && j.behind == 0 {
			j.ack()
		}
	}
	b.hand.Settle()
	for _, j := range jobs {
		if j.reached != nil {
			close(j.reached)
		}
		if j.behind == 0 {
			j.span.End()
		}
	}
	return true
}

// decide decides each request that is not decided yet, and writes the decisions
// to the journal.
func (b *Bank) decide(jobs []job) (replies []reply, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var records []book.Record
	for i, j := range jobs {
		switch {
		case j.cutOff || j.reached != nil:
			continue
		case j.decided != nil && *j.decided:
			jobs[i].ack = nil
			continue
		case j.behind > 0:
			b.hold(j)
			continue
		case j.decided != nil:
			*j.decided = true
		}
		a, known := b.book.Answer(j.request.ID)
		switch {
		case b.overruled[j.request.ID] && !j.anew:
			continue
		case j.anew && known:
			records = append(records, b.again(j, a)...)
			if a, _ = b.book.Answer(j.request.ID); a.Outcome == payment.OutcomeChallenge {
				b.rouse()
				continue
			}
		case !known:
			r := b.book.Decide(b.Clock.Now(), j.request, j.decision.wish(j.request, b.Config.Challenges != nil))
			b.book.Apply(r)
			records = append(records, r)
			if a, known = b.book.Answer(j.request.ID); endsFirst(j.request.Simulate) {
				records = append(records, b.endNow(j.request)...)
			}
		}
		if known && a.Outcome != "" {
			replies = append(replies, b.reply(a, j))
		}
	}
	return replies, b.write(records)
}

func (b *Bank) reply(a book.Answer, j job) reply {
	first := word(b.Seed, b.Identifier, a)
	if a.Outcome == payment.OutcomeChallenge && b.Config.Challenges != nil {
		first.ChallengeURL = b.Config.Challenges.URL(b.Seed, j.request)
	}
	r := reply{request: a.Request, results: []wire.Result{first}, last: endsFirst(j.request.Simulate), trace: j.span.Context()}
	j.span.Text("sandbank.outcome", string(a.Outcome))
	if a.Outcome == payment.OutcomeChallenge {
		b.remember(a.Request, r.trace)
	}
	if b.Answered != nil {
		b.Answered(j.request, a.Outcome, first.DecidedAt.Sub(j.request.CreatedAt), r.trace)
	}
	if late, ok := b.older(a, j.request); ok {
		r.results = []wire.Result{late, first}
	}
	if j.decision.Twice {
		second := first
		second.ID += "-again"
		r.results = append(r.results, second)
	}
	b.overtake()
	return r
}

// patience is how long an answer waits for later ones that do not come.
const patience = 2 * time.Second

// hold keeps a job until later ones have been answered.
func (b *Bank) hold(j job) {
	b.held = append(b.held, j)
	j.behind = 0
	b.later(j, b.Clock.Now().Add(patience))
}

// overtake counts an answer for the jobs held behind it. A job that arrives a
// second time, because its patience ran out, is still decided once.
func (b *Bank) overtake() {
	kept := b.held[:0]
	for _, j := range b.held {
		if j.behind--; j.behind > 0 {
			kept = append(kept, j)
			continue
		}
		b.tasks.Begin(1)
		select {
		case b.jobs <- &j:
		default: // the queue is full; its patience brings the job
			b.tasks.End(1)
		}
	}
	b.held = kept
}

// tell publishes replies, and the messages that the bank sends without being
// asked, until the broker has confirmed all, and writes that to the journal. It
// returns false if the bank ends first.
func (b *Bank) tell(ctx context.Context, replies []reply) bool {
	messages, answers, said := b.messages(replies)
	if !b.deliver(ctx) {
		return false
	}
	for len(messages) > 0 {
		if ctx.Err() != nil {
			return false
		}
		n := min(len(messages), 2*batch)
		fates, err := b.pub.Publish(ctx, messages[:n])
		if err == nil && !contains(fates, broker.Returned) {
			messages = messages[n:]
			continue
		}
		if ctx.Err() == nil {
			b.Log.Warn("messages wait for the processor's queue", "bank", b.Identifier, "messages", len(messages), "error", err)
			_ = clock.Pause(ctx, 500*time.Millisecond)
		}
	}
	if len(answers)+len(said) == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.book.Sent(b.Clock.Now(), answers, said)
	b.book.Apply(r)
	return b.write([]book.Record{r})
}

// messages makes the messages that are to be published.
func (b *Bank) messages(replies []reply) (messages []broker.Message, answers, said []string) {
	var behind []broker.Message
	for _, r := range replies {
		answers = append(answers, r.request)
		for _, result := range r.results {
			m := b.message(result.ID, result.Type, result.RequestID, result.DecidedAt, result)
			if m.Trace = r.trace; r.last {
				behind = append(behind, m)
			} else {
				messages = append(messages, m)
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.book.ToSay() {
		switch m := m.(type) {
		case wire.Result:
			late := b.message(m.ID, m.Type, m.RequestID, m.DecidedAt, m)
			late.Trace = b.traces[m.RequestID]
			delete(b.traces, m.RequestID)
			messages, said = append(messages, late), append(said, m.ID)
		case wire.Dispute:
			messages, said = append(messages, b.message(m.ID, m.Type, m.Payment, m.DecidedAt, m)), append(said, m.ID)
		case wire.Settlement:
			messages, said = append(messages, b.message(m.ID, m.Type, m.ID, m.SentAt, m)), append(said, m.ID)
		}
	}
	return append(messages, behind...), answers, said
}

func (b *Bank) message(id, kind, correlation string, at time.Time, body any) broker.Message {
	return broker.Message{
		Exchange: broker.Results, Key: b.Identifier, ID: id, Type: kind,
		Correlation: correlation, Mandatory: true, Body: wire.Encode(body), At: at,
	}
}

func contains(fates []broker.Fate, f broker.Fate) bool {
	for _, got := range fates {
		if got == f {
			return true
		}
	}
	return false
}
