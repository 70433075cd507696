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
)

// job is a request whose time has come, or a cut-off.
type job struct {
	request  wire.Request
	decision Decision
	settle   func() // acknowledges; nil for nothing
	session  context.Context
	behind   int   // answers that go first
	decided  *bool // of one that was held: it waits in two places
	anew     bool  // overrules what was decided, as far as nothing was told
	cutOff   bool
	daily    bool
	currency money.Currency
}

// handle takes each request. Those that are due now go on at once; the others
// wait, unsettled, until their time. While the bank is away, all but commands
// wait.
func (b *Bank) handle(ctx context.Context, deliveries []broker.Delivery) {
	for _, d := range deliveries {
		r, err := wire.ReadRequest(d.Body())
		if err != nil {
			b.Log.Warn("a request that cannot be read goes to the dead letters", "bank", b.Identifier, "error", err)
			d.Reject()
			continue
		}
		if r.Type == wire.Control {
			b.command(ctx, r, d.Ack)
			continue
		}
		b.take(job{request: r, settle: d.Ack, session: ctx})
	}
}

// take lets a request wait for its time.
func (b *Bank) take(j job) {
	b.mu.Lock()
	if b.away() {
		b.parked = append(b.parked, j)
		b.mu.Unlock()
		return
	}
	_, again := b.book.Answer(j.request.ID)
	j.decision = Decide(b.Seed, b.now(), j.request)
	b.mu.Unlock()
	if j.decision.Held && !j.decision.Silent {
		j.behind, j.decided = 3, new(bool)
	}
	wait := j.decision.wait(b.Clock.Now())
	switch {
	case j.anew:
	case again || j.request.Type == wire.Reverse || j.request.Type == wire.Evidence || j.decision.Silent:
		wait = 0
	}
	if wait <= 0 {
		b.enqueue(j)
		return
	}
	b.later(j, wait)
}

func (b *Bank) enqueue(j job) {
	select {
	case b.jobs <- j:
	case <-j.session.Done():
	}
}

func (b *Bank) later(j job, wait time.Duration) {
	timer := b.Clock.NewTimer(wait)
	b.spawn(func() { // ends with the session at the latest
		defer timer.Stop()
		select {
		case <-timer.C():
			b.enqueue(j)
		case <-j.session.Done():
		}
	})
}

// work decides and tells, as much at a time as waits.
func (b *Bank) work(ctx context.Context) {
	b.tell(ctx, b.resume())
	for {
		var waiting []job
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		case first := <-b.jobs:
			waiting = append(waiting, first)
		}
		for more := true; more && len(waiting) < batch; {
			select {
			case next := <-b.jobs:
				waiting = append(waiting, next)
			default:
				more = false
			}
		}
		if !b.round(ctx, waiting) {
			return
		}
	}
}

// resume is what a former run decided and may not have told. A challenge waits
// for its request to come again, which has the customer's way back.
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

// reply is the answer to a request; more than one where it is said twice.
type reply struct {
	request string
	results []wire.Result
	last    bool // behind what the bank says of its own accord
}

// round decides a batch, tells it, and then acknowledges it. False when the bank
// ends before that.
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
		if j.settle != nil && j.behind == 0 {
			j.settle()
		}
	}
	return true
}

// decide makes up the bank's mind on each request that is not decided yet, and
// writes that down.
func (b *Bank) decide(jobs []job) (replies []reply, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var records []book.Record
	for i, j := range jobs {
		switch {
		case j.cutOff:
			continue
		case j.decided != nil && *j.decided:
			jobs[i].settle = nil
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
				signal(b.wake)
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
	r := reply{request: a.Request, results: []wire.Result{first}, last: endsFirst(j.request.Simulate)}
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

// patience is how long an answer is held back for later ones that do not come.
const patience = 2 * time.Second

// hold keeps a job until later ones have been answered.
func (b *Bank) hold(j job) {
	b.held = append(b.held, j)
	j.behind = 0
	b.later(j, patience)
}

// overtake counts an answer for those that are held behind it. One that comes
// again by its patience is decided once all the same.
func (b *Bank) overtake() {
	kept := b.held[:0]
	for _, j := range b.held {
		if j.behind--; j.behind > 0 {
			kept = append(kept, j)
			continue
		}
		select {
		case b.jobs <- j:
		default: // full; its patience brings it
		}
	}
	b.held = kept
}

// tell publishes replies, and whatever the bank says of its own accord, until
// the broker has it all, and writes that down. False when the bank ends first.
func (b *Bank) tell(ctx context.Context, replies []reply) bool {
	messages, answers, said := b.letters(replies)
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

// letters puts everything that is to be said into messages.
func (b *Bank) letters(replies []reply) (messages []broker.Message, answers, said []string) {
	var behind []broker.Message
	for _, r := range replies {
		answers = append(answers, r.request)
		for _, result := range r.results {
			if m := b.letter(result.ID, result.Type, result.RequestID, result.DecidedAt, result); r.last {
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
			messages, said = append(messages, b.letter(m.ID, m.Type, m.RequestID, m.DecidedAt, m)), append(said, m.ID)
		case wire.Dispute:
			messages, said = append(messages, b.letter(m.ID, m.Type, m.Payment, m.DecidedAt, m)), append(said, m.ID)
		case wire.Settlement:
			messages, said = append(messages, b.letter(m.ID, m.Type, m.ID, m.SentAt, m)), append(said, m.ID)
		}
	}
	return append(messages, behind...), answers, said
}

func (b *Bank) letter(id, kind, correlation string, at time.Time, body any) broker.Message {
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
