// Package storetest is the one conformance suite that every store is held to.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/chance"
	"sandbank/event"
	"sandbank/fault"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
	"sandbank/processor/invariant"
	"sandbank/settlement"
	"sandbank/store"
)

// Open makes a fresh, empty store.
type Open func(t *testing.T) store.Store

// Run holds a store to the suite.
func Run(t *testing.T, open Open) {
	for name, test := range map[string]func(*suite){
		"Commit_KeepsEverythingTogether":  everything,
		"Commit_WritesNothingOnError":     nothing,
		"Commit_KeysAreUnique":            keys,
		"Commit_InboxTakesAMessageOnce":   inbox,
		"Commit_ConcurrentChangesSerial":  concurrent,
		"Commit_SequencesHaveNoGap":       sequences,
		"Commit_BookingKeyIsUnique":       bookingKey,
		"Commit_RefusesUnbalancedEntry":   unbalanced,
		"Payments_PagesAndFilters":        pages,
		"Due_FindsWhatIsDueAndTheNext":    due,
		"Outbox_ClaimPublishPostpone":     outbox,
		"Outbox_IsClaimedOnce":            claimOnce,
		"Outbox_ResendsWhatIsUnanswered":  resend,
		"Notices_EndWithTheirContext":     notices,
		"Sink_LeasesAndCursors":           cursors,
		"Sink_ManyWritersMissNothing":     manyWriters,
		"Deliveries_ClaimAndRecord":       deliveries,
		"Deliveries_OfAnEarlierEvent":     earlierEvent,
		"Deliveries_GoneDisablesEndpoint": gone,
		"Endpoints_BelongToTheirMerchant": endpoints,
		"Endpoints_ChangeUnderALock":      endpointChanges,
		"Deliveries_GoneIsOfItsURL":       goneLate,
		"Deliveries_KeepTheirTries":       attemptsWhole,
		"Deliveries_PagesAndFilters":      deliveryPages,
		"Deliveries_SentAgain":            redeliver,
		"Deliveries_RecordedMeanwhile":    recordedMeanwhile,
		"Seal_ChainsInBatches":            seal,
		"Seal_ManyAtOnce":                 sealConcurrent,
		"Audits_ChainedAsTheyWere":        auditChain,
		"Audits_PagesAndFilters":          auditPages,
		"Audits_ManyAtOnce":               auditsConcurrent,
		"Ping_WritesWhatItSays":           ping,
		"Secret_IsMadeOnce":               secretOnce,
		"Secret_ChangesUnderALock":        changeSecret,
		"Tickets_AreSpentOnce":            ticketsSpend,
		"Revocations_AreNumbered":         revocations,
		"Reads_UnknownIsNotFound":         unknown,
		"Reads_AbandonedLeaveNothing":     abandoned,
		"Text_SurvivesRoundTrip":          text,
		"Money_KeepsItsDecimals":          decimals,
		"Records_KeepAndFilter":           records,
		"Records_BreaksOfASettlement":     breakRecords,
		"Records_DueAndTheNext":           dueRecords,
		"Items_KeepAndFilter":             items,
		"Items_OfASettlement":             settleScope,
		"Items_OfAPayout":                 payScope,
		"Items_OpenAfterACutOff":          openAfter,
		"Items_ArePaidOutOnce":            payOnce,
		"Items_OfBanksThatNameAlike":      namedAlike,
		"Load_TellsOtherMerchants":        tells,
		"Entries_FilterNewestFirst":       entryPages,
		"Balances_AtAnInstant":            balancesAt,
		"Older_ListsBeyondTheNewest":      older,
		"LetGo_LeavesTheRestAsItWas":      letGoWhole,
		"LetGo_TakesBatchesAlong":         letGoBatches,
		"LetGo_AllOrNothing":              letGoFails,
		"LetGo_KnowsWhatIsUnderWay":       letGoUnderWay,
	} {
		t.Run(name, func(t *testing.T) {
			s := &suite{T: t, ctx: t.Context(), ids: chance.Crypto(), now: time.Date(2026, 11, 22, 12, 0, 0, 123000, time.UTC)}
			s.store = open(t)
			test(s)
			if !s.invented {
				s.holds()
			}
		})
	}
}

type suite struct {
	*testing.T
	ctx   context.Context
	store store.Store
	ids   *chance.Source
	now   time.Time
	lease time.Duration // of what is committed from now on

	invented bool // there are records or items that come from no payment
}

// holds checks every invariant after the test.
func (s *suite) holds() {
	s.Helper()
	report, err := invariant.Check(s.ctx, s.store, s.now, time.Hour)
	s.ok(err)
	for _, v := range report.Violations {
		s.Errorf("invariant: %s", v)
	}
}

func (s *suite) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// fine is ok for a goroutine beside the test's own.
func (s *suite) fine(err error) {
	s.Helper()
	if err != nil {
		s.Error(err)
	}
}

func (s *suite) id(prefix string) string { return s.ids.ID(prefix, s.now) }

func (s *suite) made(merchant string) payment.Payment {
	return payment.Payment{
		ID: s.id("pay"), Merchant: merchant, Version: 1, Status: payment.Created, Amount: money.Must("19.99", "EUR"),
		Reference: "order-1", ReturnURL: "https://shop.example/", FirstBank: "SANDNL2A", Bank: "SANDNL2A", MaxAttempts: 3,
		CreatedAt: s.now, UpdatedAt: s.now, ExpiresAt: s.now.Add(15 * time.Minute), DueAt: s.now.Add(15 * time.Minute),
	}
}

// commit writes changes through Commit.
func (s *suite) commit(load processor.Load, change func(*processor.Work)) error {
	return s.store.Commit(s.ctx, load, func(w *processor.Work) error { change(w); return nil })
}

func (s *suite) create(list ...payment.Payment) {
	s.Helper()
	s.ok(s.commit(processor.Load{}, func(w *processor.Work) { w.Created = append(w.Created, list...) }))
}

// paid makes a payment that went all the way, with what belongs to it.
func (s *suite) paid(merchant string) (payment.Payment, *processor.Work) {
	s.Helper()
	p := s.made(merchant)
	s.create(p)
	w := s.capture(p)
	got, err := s.store.Payment(s.ctx, p.ID)
	s.ok(err)
	return got, w
}

func (s *suite) capture(p payment.Payment) (out *processor.Work) {
	s.Helper()
	s.ok(s.store.Commit(s.ctx, processor.Load{Payments: []string{p.ID}}, func(w *processor.Work) error {
		out = w
		*w = processor.Work{Changes: s.captured(p)}
		return nil
	}))
	return out
}

func (s *suite) captured(p payment.Payment) (c processor.Changes) {
	s.Helper()
	request := s.id("req")
	asked, err := p.Pay(s.now, payment.Try{
		Bank: p.Bank, RequestID: request, Deadline: s.now.Add(time.Minute),
		Instrument: instrument.Instrument{Kind: instrument.Card, Brand: "visa", Last4: "4242"},
	})
	s.ok(err)
	done, verdict, note := asked.Apply(s.now, payment.Result{
		Bank: p.Bank, RequestID: request, Attempt: 1, Amount: p.Amount, Outcome: payment.OutcomeApproved,
	})
	if verdict != payment.VerdictApplied {
		s.Fatal(note)
	}
	body := fmt.Sprintf(`{"type":"result","id":"x","request_id":%q,"payment":%q,"attempt":1,"bank":%q,"outcome":"approved","amount":{"value":"19.99","currency":"EUR"}}`,
		request, p.ID, p.Bank)
	c.Lease = s.lease
	c.Updated = []payment.Payment{done}
	c.Messages = []processor.Message{
		{ID: request, Direction: processor.Out, Payment: p.ID, Bank: p.Bank, Attempt: 1, Kind: "authorize", At: s.now, Body: []byte(`{}`)},
		{ID: s.id("res"), Direction: processor.In, Payment: p.ID, Bank: p.Bank, Attempt: 1, Kind: "result", At: s.now, Verdict: payment.VerdictApplied, Body: []byte(body)},
	}
	c.Entries = []ledger.Entry{ledger.Capture(ledger.Subject{EntryID: s.id("ent"), Of: done.Operations[0].ID, Payment: p.ID, At: s.now},
		p.Bank, p.Merchant, p.Amount, ledger.StandardFee.Of(p.Amount))}
	c.Items = []settlement.Item{{
		ID: request, Kind: settlement.ItemCapture, Of: done.Operations[0].ID, Merchant: p.Merchant, Bank: p.Bank, Payment: p.ID, Reference: p.Reference,
		Amount: p.Amount, MerchantFee: ledger.StandardFee.Of(p.Amount), BankFee: wire.BankFee(p.Amount), BookedAt: s.now, State: settlement.ItemOpen,
	}}
	c.Events = []event.Event{{
		ID: s.id("evt"), Type: "payment.captured", Merchant: p.Merchant, Payment: p.ID, At: s.now, Data: []byte(`{"id":"` + p.ID + `"}`),
	}}
	return c
}

func everything(s *suite) {
	p, w := s.paid("m1")
	if w.Events[0].Sequence != 1 {
		s.Errorf("the event's sequence is %d, not 1", w.Events[0].Sequence)
	}
	if p.Status != payment.Captured || p.Version != 3 || len(p.Attempts) != 1 || !p.CreatedAt.Equal(s.now) {
		s.Errorf("read back as %+v", p)
	}
	t, err := s.store.Timeline(s.ctx, p.ID)
	s.ok(err)
	if len(t.Messages) != 2 || len(t.Entries) != 1 || len(t.Events) != 1 || len(t.Entries[0].Postings) != 3 {
		s.Errorf("the timeline has %d messages, %d entries, %d events", len(t.Messages), len(t.Entries), len(t.Events))
	}
	if string(t.Events[0].Body()) != string(w.Events[0].Body()) {
		s.Errorf("the event reads back as %s, told was %s", t.Events[0].Body(), w.Events[0].Body())
	}
	n, err := s.store.Backlog(s.ctx)
	s.ok(err)
	if n != 2 { // the request and the event
		s.Errorf("the outbox holds %d, not 2", n)
	}
	balances, err := s.store.Balances(s.ctx)
	s.ok(err)
	if len(balances) != 3 || balances[0].Account != "bank:SANDNL2A:receivable" || balances[0].Net().String() != "19.99" {
		s.Errorf("balances: %+v", balances)
	}
}

var errRefused = errors.New("refused")

func nothing(s *suite) {
	p := s.made("m1")
	s.create(p)
	err := s.store.Commit(s.ctx, processor.Load{Payments: []string{p.ID}}, func(w *processor.Work) error {
		w.Changes = s.captured(p)
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		// The store may classify it, but never lose it.
		if !errors.Is(fault.From(err).Err, errRefused) {
			s.Errorf("the error came back as %v", err)
		}
	}
	got, err := s.store.Payment(s.ctx, p.ID)
	s.ok(err)
	n, err := s.store.Backlog(s.ctx)
	s.ok(err)
	if got.Version != 1 || n != 0 {
		s.Errorf("version %d, %d in the outbox after a refused change", got.Version, n)
	}
}

func keys(s *suite) {
	var wait sync.WaitGroup
	winners := make([]string, 8)
	for i := range winners {
		wait.Go(func() {
			p := s.made("m1")
			p.Origin.IdempotencyKey = "k"
			k := processor.Key{Merchant: "m1", Key: "k"}
			err := s.store.Commit(s.ctx, processor.Load{Keys: []processor.Key{k}}, func(w *processor.Work) error {
				if first, ok := w.ByKey(k); ok {
					winners[i] = first.ID
					return nil
				}
				winners[i] = p.ID
				w.Created = append(w.Created, p)
				return nil
			})
			if err != nil {
				s.Error(err)
			}
		})
	}
	wait.Wait()
	slices.Sort(winners)
	if len(slices.Compact(winners)) != 1 {
		s.Errorf("one key made several payments: %v", winners)
	}
	other := s.made("m2")
	other.Origin.IdempotencyKey = "k"
	s.create(other) // another merchant's key is another key
}

func inbox(s *suite) {
	p, w := s.paid("m1")
	in := w.Messages[1]
	s.ok(s.store.Commit(s.ctx, processor.Load{Payments: []string{p.ID}, Inbox: []string{in.ID, "res_unknown"}}, func(w *processor.Work) error {
		if !w.Seen(in.ID) || w.Seen("res_unknown") {
			s.Error("the inbox does not know what it has seen")
		}
		return nil
	}))
}

func concurrent(s *suite) {
	p := s.made("m1")
	s.create(p)
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			err := s.store.Commit(s.ctx, processor.Load{Payments: []string{p.ID}}, func(w *processor.Work) error {
				now, ok := w.Loaded(p.ID)
				if !ok {
					return fmt.Errorf("payment %s was not loaded", p.ID)
				}
				now.Version++
				w.Updated = append(w.Updated, now)
				return nil
			})
			if err != nil {
				s.Error(err)
			}
		})
	}
	wait.Wait()
	got, err := s.store.Payment(s.ctx, p.ID)
	s.ok(err)
	if got.Version != 21 {
		s.Errorf("after 20 increments the version is %d: changes were lost", got.Version)
	}
}

func sequences(s *suite) {
	var wait sync.WaitGroup
	for i := range 30 {
		wait.Go(func() { s.paid([]string{"m1", "m2", "m3"}[i%3]) })
	}
	wait.Wait()
	list, err := s.store.Events(s.ctx, "m2", 4, 3)
	s.ok(err)
	if len(list) != 3 || list[0].Sequence != 5 || list[2].Sequence != 7 {
		s.Errorf("events after 4: %+v", list)
	}
	last, err := s.store.LastSequence(s.ctx, "m2")
	s.ok(err)
	none, err := s.store.LastSequence(s.ctx, "m4")
	s.ok(err)
	if last < 7 || none != 0 {
		s.Errorf("the last sequence is %d, and %d of a merchant without events", last, none)
	}
	s.newest()
	sixth, err := s.store.SequenceOf(s.ctx, "m2", list[1].ID)
	s.ok(err)
	if _, err := s.store.SequenceOf(s.ctx, "m1", list[1].ID); sixth != 6 || !fault.Is(err, fault.NotFound) {
		s.Errorf("event %s has sequence %d; for another merchant: %v", list[1].ID, sixth, err)
	}
}

func bookingKey(s *suite) {
	p, w := s.paid("m1")
	err := s.commit(processor.Load{}, func(again *processor.Work) {
		e := w.Entries[0]
		e.ID = s.id("ent")
		again.Entries = append(again.Entries, e)
	})
	if err == nil {
		s.Errorf("payment %s was booked twice under one key", p.ID)
	}
}

func unbalanced(s *suite) {
	e := ledger.Entry{ID: s.id("ent"), Key: "k", Kind: "test", At: s.now, Postings: []ledger.Posting{
		{Account: "a", Side: ledger.Debit, Amount: money.Must("1.00", "EUR")},
		{Account: "b", Side: ledger.Credit, Amount: money.Must("1.01", "EUR")},
	}}
	if err := s.commit(processor.Load{}, func(w *processor.Work) { w.Entries = append(w.Entries, e) }); err == nil {
		s.Error("an entry that does not balance was booked")
	}
}
