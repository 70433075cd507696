package examples_test

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/broker/amqpd"
	"sandbank/broker/wire"
	"sandbank/internal/engine"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
	"sandbank/web/contract/check"
)

// A bank in another language fulfils the contract, on both brokers.
func TestExamples_ABankInNode(t *testing.T) {
	t.Run("embedded", func(t *testing.T) {
		server, err := amqpd.New(amqpd.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		at, err := server.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		bankInNode(t, "amqp://guest:guest@"+at.String()+"/")
	})
	t.Run("rabbitmq", func(t *testing.T) { bankInNode(t, engine.VirtualHost(t)) })
}

const nodeBank = "NODENL2A"

// teller asks the bank and hears it.
type teller struct {
	*testing.T
	ch    *amqp.Channel
	heard <-chan amqp.Delivery
}

func bankInNode(t *testing.T, url string) {
	conn, err := amqp.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err == nil {
		err = broker.DeclareProcessor(ch)
	}
	if err != nil {
		t.Fatal(err)
	}
	results, err1 := ch.Consume(broker.ResultsQueue, "", true, false, false, false, nil)
	health, err2 := broker.Own(broker.Health, nodeBank)(ch)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	life, err := ch.Consume(health, "", true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, environ: append(os.Environ(), "SANDBANK_AMQP_URL="+url, "SANDBANK_BANK="+nodeBank)}
	process := s.node("bank-node")
	w := &teller{t, ch, results}
	w.health(life, true)
	w.aDay()
	if err := exec.Command("kill", "-TERM", strconv.Itoa(process.cmd.Process.Pid)).Run(); err != nil {
		t.Fatal(err)
	}
	w.health(life, false)
	<-process.done
	if process.failed != nil {
		t.Error(process.failed)
	}
}

// health waits until the bank says that it is there, or not.
func (w *teller) health(life <-chan amqp.Delivery, online bool) {
	w.Helper()
	for deadline := time.After(patience); ; {
		select {
		case d := <-life:
			if err := check.CheckMessage("health", d.Body); err != nil {
				w.Error(err)
			}
			if h, err := wire.ReadHealth(d.Body); err == nil && h.Online == online {
				return
			}
		case <-deadline:
			w.Fatalf("the bank has not said online: %t", online)
		}
	}
}

func (w *teller) send(r wire.Request) {
	w.Helper()
	r.Bank, r.CreatedAt = nodeBank, time.Now().UTC()
	if r.Type != wire.Control {
		r.Payment, r.Attempt, r.Merchant = "pay_01890a5d-ac96-774b-bcce-b302099a8057", 1, "demo-shop"
	}
	if r.Type == wire.Authorize {
		deadline := r.CreatedAt.Add(time.Minute)
		r.Deadline = &deadline
	}
	body := wire.Encode(r)
	if err := check.CheckMessage(string(r.Type), body); err != nil {
		w.Error(err)
	}
	err := w.ch.PublishWithContext(w.Context(), broker.Requests, nodeBank, true, false, amqp.Publishing{
		ContentType: "application/json", DeliveryMode: amqp.Persistent, MessageId: r.ID, Type: string(r.Type), ReplyTo: nodeBank, Body: body,
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *teller) hear(kind string) []byte {
	w.Helper()
	select {
	case d := <-w.heard:
		if err := check.CheckMessage(kind, d.Body); err != nil {
			w.Error(err)
		}
		if d.Type != kind || d.RoutingKey != nodeBank || d.MessageId == "" || d.DeliveryMode != amqp.Persistent {
			w.Errorf("the properties are not as described: %+v", d)
		}
		return d.Body
	case <-time.After(patience):
		w.Fatalf("no %s came", kind)
	}
	return nil
}

// ask expects "approved" or a reason's code.
func (w *teller) ask(r wire.Request, want string) {
	w.Helper()
	w.send(r)
	got, err := wire.ReadResult(w.hear("result"))
	if err != nil {
		w.Fatal(err)
	}
	said := string(got.Outcome)
	if got.Reason != nil {
		said = got.Reason.Code
	}
	if said != want || got.RequestID != r.ID || !got.Amount.Equal(r.Amount) {
		w.Errorf("%s %s gets %+v, want %s", r.Type, r.ID, got, want)
	}
}

// settle expects one settlement, with a number of lines and a sum.
func (w *teller) settle(id string, lines int, net string) {
	w.Helper()
	w.send(wire.Request{Type: wire.Control, ID: id, Amount: money.Must("1.00", "EUR"), Controls: &wire.Controls{Command: wire.CommandSettle}})
	s, err := wire.ReadSettlement(w.hear("settlement"))
	if err != nil {
		w.Fatal(err)
	}
	if len(s.Lines) != lines || s.Net.Value() != net {
		w.Errorf("settled as %+v, want %d lines and %s", s, lines, net)
	}
	for _, l := range s.Lines {
		if l.Kind == wire.LineCapture && !l.Fee.Equal(wire.BankFee(l.Amount)) {
			w.Errorf("the fee of %s is %s", l.Amount, l.Fee)
		}
	}
}

func (w *teller) aDay() {
	eur := func(v string) money.Amount { return money.Must(v, "EUR") }
	authorize := func(id, amount string, mode payment.CaptureMode, b instrument.Behavior, why string) wire.Request {
		return wire.Request{Type: wire.Authorize, ID: id, Amount: eur(amount), Capture: mode, Instrument: &instrument.Instrument{
			Kind: instrument.Card, Brand: "visa", Last4: "4242", Behavior: b, Reason: why, Rule: "r",
		}}
	}
	later := func(kind wire.RequestType, id, amount string) wire.Request {
		return wire.Request{Type: kind, ID: id, Amount: eur(amount), Authorization: "a1"}
	}
	w.ask(authorize("a0", "5.00", payment.CaptureAutomatic, instrument.Decline, reason.LostCard), reason.LostCard)
	w.ask(authorize("a1", "20.00", payment.CaptureManual, instrument.Neutral, ""), "approved")
	w.ask(later(wire.Capture, "c1", "5.25"), "approved")
	w.ask(later(wire.Capture, "c1", "5.25"), "approved") // the same request
	w.ask(later(wire.Capture, "c2", "15.00"), reason.ExceedsAuthorization)
	w.ask(later(wire.Capture, "c3", "10.00"), "approved")
	w.ask(later(wire.Refund, "r1", "2.00"), "approved")
	w.ask(later(wire.Refund, "r2", "13.26"), reason.ExceedsAuthorization)
	w.ask(later(wire.Void, "v1", "4.75"), "approved")
	w.ask(later(wire.Capture, "c4", "1.00"), reason.AuthorizationExpired)
	w.settle("s1", 3, "13.22") // 15.25 less 2.00, less 0.01 and 0.02
	w.ask(authorize("a2", "3.00", payment.CaptureAutomatic, instrument.Neutral, ""), "approved")
	w.send(wire.Request{Type: wire.Reverse, ID: "x1", Amount: eur("3.00"), Reverses: "a2"}) // not settled yet: struck out
	w.send(wire.Request{Type: wire.Reverse, ID: "x2", Amount: eur("2.00"), Reverses: "r1"}) // settled: a line of its own
	w.settle("s2", 1, "2.00")
	w.settle("s3", 0, "0.00")
}
