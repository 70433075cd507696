package processor

import (
	"cmp"
	"context"
	"time"

	"sandbank/audit"
	"sandbank/clock/turn"
	"sandbank/fault"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
	"sandbank/sim"
	"sandbank/telemetry/trace"
)

// NewPayment is a merchant's wish. [Processor.Create] holds it to its form.
type NewPayment struct {
	Merchant       string
	Amount         money.Amount
	Reference      string
	Description    string
	ReturnURL      string
	Return         payment.ReturnMode `json:",omitempty"` // left out where it is the default: hashes of older requests have none
	Bank           string             // BIC, or "" to be routed
	Capture        payment.CaptureMode
	Life           time.Duration
	Attempts       int // tries that the customer has; 0 for [payment.DefaultAttempts]
	Metadata       map[string]string
	Simulate       sim.Plan  // what is to happen on purpose
	Scenario       *sim.Plan // likewise, where Simulate does not say; nil for none
	RequestID      string
	IdempotencyKey string // "" for none
	// Foreign is what another API keeps with the payment; nil for nothing. Finish, or
	// nil, adds to a new payment what depends on its identifier.
	Foreign *payment.Foreign                      `json:",omitempty"`
	Finish  func(payment.Payment) payment.Payment `json:"-"`
	// Pay is the customer's means where the payment is paid as it is made, in the same commit; nil for later.
	Pay *instrument.Instrument `json:"-"`

	ordinal uint64        // the number of the merchant's payment
	cause   trace.Context // of the request; "" where it is not traced
	made    func(id string)
}

// Create makes a payment and answers at once. A repeated idempotency key gives
// the first payment again, as it was then, and true; with another
// payload it is [fault.Unprocessable].
func (p *Processor) Create(ctx context.Context, n NewPayment) (payment.Payment, bool, error) {
	if err := n.Check(); err != nil {
		return payment.Payment{}, false, err
	}
	if err := p.accepting(); err != nil {
		return payment.Payment{}, false, err
	}
	if err := p.leadsBack(n.ReturnURL); err != nil {
		return payment.Payment{}, false, err
	}
	if err := p.simulates(n.Simulate); err != nil {
		return payment.Payment{}, false, err
	}
	key := Key{n.Merchant, n.IdempotencyKey}
	if key.Key != "" {
		if _, twice := p.inFlight.LoadOrStore(key, true); twice {
			return payment.Payment{}, false, fault.New(fault.Conflict, "idempotency_key_in_flight",
				"A request with this Idempotency-Key is being worked on.").Hinting("Repeat it in a moment to get its answer.")
		}
		defer p.inFlight.Delete(key)
	}
	act := audit.Of(ctx)
	by := act.Sketch()
	n.ordinal, n.cause = p.config.Chance.Ordinal("pay", n.Merchant), trace.Of(ctx, "")
	load := func(l *Load) {
		if key.Key != "" {
			l.Keys = append(l.Keys, key)
		}
		if n.Foreign != nil { // whose API may tell of the creation
			l.Tells = append(l.Tells, n.Merchant)
		}
	}
	done, err := submit(ctx, p.batch, load, func(w *Work) (created, error) { return p.create(w, n, key, by) })
	if err != nil {
		return payment.Payment{}, false, err
	}
	act.About(done.payment.ID)
	if !done.replayed {
		act.Keep()
	}
	return done.payment, done.replayed, nil
}

// created is a payment, and whether an earlier request with the same key made it.
type created struct {
	payment  payment.Payment
	replayed bool
}

func (p *Processor) create(w *Work, n NewPayment, key Key, by audit.Record) (created, error) {
	if first, ok := w.ByKey(key); ok {
		if first.Origin.PayloadHash != n.fingerprint() {
			return created{}, fault.New(fault.Unprocessable, "idempotency_key_reused",
				"This Idempotency-Key was used with another request body.").
				Hinting("Use a new key for a new payment; repeat the same values to get the first answer again.")
		}
		return created{first.AsCreated(), true}, nil
	}
	if err := p.accepting(); err != nil {
		return created{}, err
	}
	made, err := p.assemble(n)
	if err != nil {
		return created{}, err
	}
	paid := made
	if n.Pay != nil {
		if paid, err = p.tried(made, *n.Pay, "", 1); err != nil {
			return created{}, err
		}
	}
	if n.made != nil {
		n.made(made.ID)
	}
	w.create(made)
	p.tellForeign(w, payment.Payment{}, made, nil)
	p.witness(w, by, made.ID, made.Merchant)
	if n.Pay != nil {
		paid = p.sent(w, made, paid)
	}
	return created{payment: paid}, nil
}

// CreateUntil is Create for a payment that is paid as it is made, and waits until it is as it should be, [Config.Hold] at most
// by the computer's clock. It does not wait for a payment that an earlier request made.
func (p *Processor) CreateUntil(ctx context.Context, n NewPayment, done func(payment.Payment) bool) (payment.Payment, bool, error) {
	e := expectation{hub: &p.hub}
	defer e.end()
	n.made = e.begin
	pay, replayed, err := p.Create(ctx, n)
	if err != nil || replayed {
		return pay, replayed, err
	}
	turn.Yield(ctx)
	pay, err = p.awaitFrom(ctx, e.watcher, pay, p.config.Hold, done)
	return pay, false, err
}

func (p *Processor) assemble(n NewPayment) (payment.Payment, error) {
	now := p.now()
	id := p.config.Chance.NthID("pay", now, n.Merchant, n.ordinal)
	bank, err := p.route(n, id)
	if err != nil {
		return payment.Payment{}, err
	}
	made := payment.Payment{
		ID: id, Merchant: n.Merchant, Version: 1, Status: payment.Created, Amount: n.Amount,
		Reference: n.Reference, Description: n.Description, ReturnURL: n.ReturnURL, Metadata: n.Metadata,
		FirstBank: bank.Identifier, Bank: bank.Identifier, FirstBankName: bank.Name, BankName: bank.Name, BankFixed: n.Bank != "", MaxAttempts: cmp.Or(n.Attempts, payment.DefaultAttempts),
		CaptureMode: n.Capture, Return: n.Return,
		CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(n.Life), DueAt: now.Add(n.Life),
		Origin: payment.Origin{RequestID: n.RequestID, IdempotencyKey: n.IdempotencyKey, PayloadHash: n.fingerprint()},
		Trace:  n.cause,
	}
	made.Foreign = n.Foreign
	if n.Finish != nil {
		made = n.Finish(made)
	}
	return made.Planned(n.Simulate, n.Scenario), nil
}

// leadsBack refuses an app's scheme that may be another app's, unless the only customers
// are on this machine.
func (p *Processor) leadsBack(url string) error {
	if p.config.Loopback {
		return nil
	}
	problem := form.Problem()
	form.CheckRegistered(problem, "/return_url", url)
	return form.Found(problem)
}

// accepting refuses new work while the outbox is so full that the broker must
// be away: what is accepted has to fit the store and be answered some day.
func (p *Processor) accepting() error {
	if p.backlog.Load() < int64(p.config.MaxOpen) {
		return nil
	}
	return fault.New(fault.Unavailable, "outbox_full", "The banks cannot be reached, and too much already waits for them.").
		Hinting("Try again later; what was accepted is kept.")
}
