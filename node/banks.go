package node

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"sandbank/bank"
	"sandbank/bank/book"
	"sandbank/bank/journal"
	"sandbank/bank/page"
	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/node/lifecycle"
	"sandbank/payment"
	"sandbank/settlement/statement"
	"sandbank/telemetry/meter"
	"sandbank/telemetry/trace"
)

// BankHouseConfig has the settings that the banks of one process share.
type BankHouseConfig struct {
	Tempers []bank.Temper
	Dial    func(bic string) broker.Dialer // how a bank reaches the broker
	Page    net.Listener                   // of the page for customers; nil for banks that approve instead of asking
	PageURL string                         // under which customers reach it; "" is the listener's address
	Hosts   []string                       // further names under which the page may be asked
	Data    string                         // folder that keeps the banks' journal; "" for in memory
	Forgets bool                           // nothing is kept in memory: nobody takes a snapshot of these banks
	Files   string                         // folder to which settlements are delivered; "" for none
	Begin   <-chan struct{}                // the banks begin once it is closed; nil for at once
	Early   func()                         // as in [bank.Config]
	Needs   []string                       // parts that each bank needs
	Clock   clock.Simulated
	// AsksTime has the banks ask a processor what time it is before they decide anything.
	AsksTime bool
	Seed     uint64
	Keep     int // payments that each bank remembers, as in [bank.Config]
	Log      *slog.Logger
	Tracer   *trace.Tracer // nil for none
	Meters   *meter.Banks  // nil counts nothing
	// Past has records with which each bank begins, in a journal that has none yet.
	Past map[string][]book.Record
}

// BankHouse is the banks of one process, with their journal and their page.
type BankHouse struct {
	Banks []*bank.Bank
	Site  *page.Site // nil for none
	Parts []string   // the names of the banks' parts
}

// OpenBanks opens the journal, has each bank read its own, and adds the running parts.
// Everything it opened is closed with them, the page's listener as well.
func OpenBanks(ctx context.Context, parts *lifecycle.Group, c BankHouseConfig) (*BankHouse, error) {
	h, needs := &BankHouse{}, c.Needs
	steered, _ := c.Clock.(*clock.Steered)
	config := bank.Config{Clock: c.Clock, Steered: steered, AsksTime: c.AsksTime && steered != nil, Seed: c.Seed, Keep: c.Keep, Log: c.Log, Early: c.Early, Tracer: c.Tracer.In(c.Clock.Now)}
	if c.Meters != nil {
		config.Answered = func(r wire.Request, outcome payment.Outcome, waited time.Duration, at trace.Context) {
			c.Meters.Answered(r.Bank, string(r.Type), string(outcome), waited, at.Exemplar())
		}
	}
	if c.Page != nil {
		h.Site = page.New(c.Page, c.PageURL, c.Log)
		h.Site.Allow(c.Hosts...)
		config.Challenges = h.Site.Challenges()
		parts.Add(lifecycle.Part{Name: "bank page", Run: h.Site.Run, Close: closed(c.Page)})
		needs = append(needs, "bank page")
	}
	if c.Files != "" {
		config.Files = statement.Folder(c.Files).Deliver
	}
	var kept *journal.File
	if c.Data != "" && len(c.Tempers) > 0 {
		var err error
		if kept, err = journal.Open(ctx, c.Data); err != nil {
			return nil, &FieldError{Field: "Store.Folder", Err: err}
		}
		parts.Add(lifecycle.Part{Name: "journal", Close: kept.Close})
		needs = append(needs, "journal")
	}
	for _, t := range c.Tempers {
		config.Dial = c.Dial(t.Identifier)
		switch {
		case kept != nil:
			config.Journal = kept.Of(t.Identifier)
		case c.Forgets:
			config.Journal = bank.Forgetful{}
		default:
			config.Journal = &bank.Memory{}
		}
		if err := config.Journal.Append(ctx, c.Past[t.Identifier]); err != nil {
			return nil, fmt.Errorf("open the bank %s: %w", t.Identifier, err)
		}
		b := bank.New(t, config)
		if err := b.Open(ctx); err != nil {
			return nil, fmt.Errorf("open the bank %s: %w", t.Identifier, err)
		}
		name := "bank " + t.Identifier
		parts.Add(lifecycle.Part{Name: name, Needs: needs, Run: after(c.Begin, b.Run)})
		h.Banks, h.Parts = append(h.Banks, b), append(h.Parts, name)
	}
	return h, nil
}

// after is a run that begins once a channel is closed, and not at all where ctx ends first.
func after(begin <-chan struct{}, run func(context.Context)) func(context.Context) {
	if begin == nil {
		return run
	}
	return func(ctx context.Context) {
		select {
		case <-begin:
			run(ctx)
		case <-ctx.Done():
		}
	}
}

// closed closes a listener that may be closed already, by what served it.
func closed(l net.Listener) func() error {
	return func() error { _ = l.Close(); return nil }
}

// openBanks opens the banks of this node, with their page on a port of its own: another company's,
// as in life. They begin when they are heard, so that no first sign of life is lost.
func (n *life) openBanks(ctx context.Context) error {
	c := n.config
	if len(c.Banks.Tempers) == 0 {
		return nil
	}
	house := BankHouseConfig{
		Tempers: c.Banks.Tempers, Dial: n.dialBankAs, Data: c.Store.Folder, Files: c.Banks.Files, Begin: n.ears.listening, Hosts: n.hosts(),
		Needs: []string{"broker", "health"}, Clock: c.Clock, Seed: c.Seed, Keep: c.Store.banksKeep(), Log: n.log, Past: n.left.banks, Tracer: c.Tracer,
	}
	if l, err := n.listenAgain(n.left.page, 2); err != nil {
		n.log.Warn("the banks have no page; what they would ask the customer is approved", "error", err)
	} else {
		n.pageAddr = l.Addr().String()
		house.Page, house.PageURL = n.encryption.around(l), n.encryption.scheme()+l.Addr().String()
	}
	var err error
	n.banks, err = OpenBanks(ctx, n.parts, house)
	return err
}
