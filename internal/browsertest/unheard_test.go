package browsertest

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/event"
	"sandbank/hostedpage"
	"sandbank/identity"
	"sandbank/ledger"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/processor"
	"sandbank/processor/routing"
	"sandbank/store/sqlite"
	"sandbank/web/look"
	"sandbank/webhook"
)

// nobody takes what is committed and tells no one.
type nobody struct{}

func (nobody) Offer(broker.Parcel) {}

type noHooks struct{}

func (noHooks) Offer([]webhook.Delivery)                              {}
func (noHooks) Changed(webhook.Endpoint)                              {}
func (noHooks) Search()                                               {}
func (noHooks) Try(context.Context, webhook.Delivery) webhook.Attempt { return webhook.Attempt{} }

func (noHooks) Committed([]event.Event) {}

type nowhere struct{}

func (nowhere) Payment(id string) string  { return "http://127.0.0.1/v1/payments/" + id }
func (nowhere) Checkout(id string) string { return "http://127.0.0.1/pay/" + id }
func (nowhere) BankName(string) string    { return "Silent Bank" }
func (nowhere) Payout(string) string      { return "" }

// TestOutcome_Unheard has a checkout of its own, whose clock is moved by hand until its patience is over:
// the waiting page says by itself that nothing was heard, and follows a late answer.
func TestOutcome_Unheard(t *testing.T) {
	t.Parallel()
	hands := clock.NewManual(clock.Real{}.Now())
	p, checkout := impatient(t, hands)
	pay, _, err := p.Create(t.Context(), processor.NewPayment{
		Merchant: identity.DemoShop.Merchant.ID, Amount: money.Must("19.99", "EUR"), Reference: "order-1", Bank: "MUTEIE2A",
		ReturnURL: "https://shop.example/orders/1", Life: time.Hour, RequestID: "req_1",
	})
	if err != nil {
		t.Fatal(err)
	}
	card, err := instrument.FromCard(instrument.CardForm{Name: "A", Number: goodCard, Expiry: "12/34", SecurityCode: "123"}, clock.Real{}.Now())
	if err != nil {
		t.Fatal(err)
	}
	b := open(t)
	b.visit(checkout(pay.ID))
	if _, err := p.Pay(t.Context(), pay.ID, card, ""); err != nil {
		t.Fatal(err)
	}
	b.visit(checkout(pay.ID))
	b.awaitHeading("Waiting for Silent Bank")
	hands.Advance(hostedpage.DefaultPatience)
	b.awaitHeading("We have not heard from your bank")
	b.inspect("checkout-unheard")
	late := approval(t, p, pay.ID)
	if got := p.Results(t.Context(), [][]byte{late}); got[0].Err != nil {
		t.Fatal(got[0].Err)
	}
	b.awaitHeading("Payment complete")
}

// impatient is a processor whose bank never hears of anything, and the address
// of a payment's page.
func impatient(t *testing.T, now clock.Simulated) (*processor.Processor, func(id string) string) {
	t.Helper()
	store, err := sqlite.Open(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	config := processor.Config{
		Banks: routing.NewDirectory(1, clock.Real{}), Clients: identity.NewRegistry(identity.DemoShop), Clock: now, Computer: clock.Real{}, Chance: chance.Seeded(1),
		Address: nowhere{}, Log: slog.New(slog.DiscardHandler), Relay: nobody{}, Delivery: noHooks{}, Streams: noHooks{}, Fees: ledger.StandardSchedule, PayoutAt: -1, Deadline: time.Minute,
	}
	p := processor.New(store, config)
	p.ObserveBank(wire.Health{
		Type: wire.HealthType, Bank: "MUTEIE2A", Name: "Silent Bank", Online: true,
		Currencies: []money.Currency{"EUR"}, IntervalSeconds: 3600, SentAt: now.Now(),
	})
	p.Start()
	key := make([]byte, 32)
	tokens := identity.NewCheckout(key)
	c, err := hostedpage.New(hostedpage.Config{
		Processor: p, Tokens: tokens, Clients: config.Clients, Clock: now, Chance: config.Chance, Log: config.Log, Key: key,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := mux.NewRouter()
	c.Mount(r)
	r.PathPrefix(look.Prefix).Handler(look.Handler())
	server := httptest.NewServer(r)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		p.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return p, func(id string) string { return server.URL + "/pay/" + tokens.Token(id) }
}

// approval is the bank's answer to the request that the payment waits for.
func approval(t *testing.T, p *processor.Processor, id string) []byte {
	t.Helper()
	_, lines, err := p.Timeline(t.Context(), processor.Everyone(), id)
	if err != nil {
		t.Fatal(err)
	}
	r, err := wire.ReadRequest(lines.Messages[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	return wire.Encode(wire.Result{
		Type: wire.ResultType, ID: "res_1", RequestID: r.ID, Payment: r.Payment, Attempt: r.Attempt, Bank: r.Bank, Amount: r.Amount,
		Outcome: payment.OutcomeApproved, Rule: "late", DecidedAt: clock.Real{}.Now(),
	})
}
