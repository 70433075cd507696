package broker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
	"sandbank/internal/bustest"
)

// columns are the users that the cells are tried with: one of each role, and one
// of two banks.
func columns() map[string]broker.User {
	const password = "long-enough-secret"
	return map[string]broker.User{
		"merchant":  broker.Access(broker.RoleMerchant, "demo-shop", password, "demo-shop"),
		"reader":    broker.Access(broker.RoleReader, "demo-reader", password, "demo-shop"),
		"bank":      broker.Access(broker.RoleBank, "a-bank", password, "SANDNL2A"),
		"banks":     broker.Access(broker.RoleBank, "two-banks", password, "NAYSFR2A", "SLOWDE2A"),
		"processor": broker.Access(broker.RoleProcessor, "a-processor", password),
	}
}

// cells are the operations with the users that may do each; all others are
// refused. A word may stand for several: "a|b" is a row for a and a row for b.
//
//	declare QUEUE           exchange NAME           consume|get|purge|delete QUEUE
//	publish EXCHANGE KEY    bind QUEUE EXCHANGE KEY link EXCHANGE EXCHANGE KEY
//
// To link is to lead one exchange into another. "-" is an empty word.
var cells = map[string]string{
	"declare merchant.demo-shop.q":                                        "merchant",
	"declare merchant.demo-shop.demo-reader.q":                            "merchant reader",
	"declare mqtt-subscription-demo-shop.q":                               "merchant",
	"declare mqtt-subscription-demo-shop.demo-reader.q":                   "merchant reader",
	"declare merchant.demo-shop.other-reader.q":                           "merchant",
	"declare merchant.other-shop.q|merchant.demo-shop2.q|merchant|q":      "",
	"declare bank.SANDNL2A":                                               "bank",
	"declare bank.SLOWDE2A":                                               "banks",
	"declare bank.CHALES2A|bank.SANDNL2AX|bank.XSANDNL2A|bank.requests":   "",
	"declare processor.results|dead.letters|-":                            "processor",
	"declare processor.other|amq.own":                                     "",
	"exchange bank.requests|bank.results|bank.health|payment.events":      "processor",
	"exchange dead.letters":                                               "processor",
	"exchange mine|merchant.demo-shop2.x|bank.CHALES2A":                   "",
	"consume|get|purge merchant.demo-shop.q":                              "merchant",
	"consume|get|purge merchant.demo-shop.demo-reader.q":                  "merchant reader",
	"consume|get|purge|delete merchant.other-shop.q":                      "",
	"consume|get|purge bank.SANDNL2A":                                     "bank",
	"consume|get|purge bank.SLOWDE2A":                                     "banks",
	"consume|get|purge|delete bank.CHALES2A":                              "",
	"consume|get|purge processor.results|dead.letters":                    "processor",
	"bind merchant.demo-shop.q payment.events *.*.demo-shop":              "merchant",
	"bind merchant.demo-shop.demo-reader.q payment.events *.*.demo-shop":  "merchant reader",
	"bind merchant.demo-shop.q payment.events payment.captured.demo-shop": "merchant",
	"bind merchant.demo-shop.q|merchant.demo-shop.demo-reader.q payment.events #|*.*.*|#.demo-shop|*.*.other-shop": "",
	"bind merchant.demo-shop.q bank.requests|bank.results|bank.health|dead.letters #|SANDNL2A":                     "",
	"bind merchant.other-shop.q payment.events *.*.demo-shop|*.*.other-shop":                                       "",
	"bind bank.SANDNL2A bank.requests all.banks":                                                                   "bank",
	"bind bank.SLOWDE2A bank.requests all.banks":                                                                   "banks",
	"bind bank.CHALES2A bank.requests all.banks":                                                                   "",
	"bind bank.SANDNL2A bank.requests all|all.*|*.banks|all.banks.x|all-banks":                                     "",
	"bind bank.SANDNL2A bank.requests SANDNL2A":                                                                    "bank",
	"bind bank.SLOWDE2A bank.requests SLOWDE2A|NAYSFR2A":                                                           "banks",
	"bind bank.SANDNL2A|bank.SLOWDE2A bank.requests #|*|CHALES2A":                                                  "",
	"bind bank.SANDNL2A bank.requests SLOWDE2A":                                                                    "",
	"bind bank.SLOWDE2A bank.requests SANDNL2A":                                                                    "",
	"bind bank.SANDNL2A bank.results|bank.health|dead.letters SANDNL2A|#":                                          "",
	"bind bank.SANDNL2A payment.events *.*.demo-shop|#":                                                            "",
	"bind bank.CHALES2A bank.requests CHALES2A|SANDNL2A":                                                           "",
	"bind processor.results bank.results #":                                                                        "processor",
	"bind dead.letters dead.letters #":                                                                             "processor",
	"bind processor.results payment.events|bank.requests #":                                                        "",
	"publish bank.results|bank.health SANDNL2A":                                                                    "bank",
	"publish bank.results|bank.health SLOWDE2A|NAYSFR2A":                                                           "banks",
	"publish bank.results|bank.health CHALES2A|-|#|SANDNL2AX|SANDNL2A.x":                                           "",
	"publish bank.requests SANDNL2A|SLOWDE2A|all.banks|-":                                                          "processor",
	"publish payment.events payment.captured.demo-shop|payment.captured.other-shop":                                "processor",
	"publish dead.letters SANDNL2A|-":                                                                              "",
	"publish - merchant.demo-shop.q|bank.SANDNL2A|bank.SLOWDE2A|processor.results|dead.letters":                    "",
	"publish amq.topic|amq.direct|amq.fanout SANDNL2A":                                                             "",
	// A bank could lead its own requests to where it may publish: it reads them anyway.
	"link bank.results|bank.health|dead.letters bank.requests SANDNL2A": "bank",
	"link bank.results bank.requests CHALES2A|#":                        "",
	"link bank.results bank.health SANDNL2A":                            "processor",
	"link payment.events bank.results SANDNL2A|#":                       "processor",
	"link payment.events bank.requests SANDNL2A|#":                      "",
	"link bank.requests|bank.health payment.events *.*.demo-shop":       "",
	// Deletions come last, since only declaring again undoes them.
	"delete merchant.demo-shop.q":             "merchant",
	"delete merchant.demo-shop.demo-reader.q": "merchant reader",
	"delete bank.SANDNL2A":                    "bank",
	"delete bank.SLOWDE2A":                    "banks",
}

// The processor answers dead letters again: it may publish results.
var processorToo = "publish bank.results "

// rows spells the cells out.
func rows() map[string][]string {
	out := map[string][]string{}
	for cell, who := range cells {
		list := []string{""}
		for _, words := range strings.Fields(cell) {
			var longer []string
			for _, word := range strings.Split(words, "|") {
				for _, begun := range list {
					longer = append(longer, strings.TrimSpace(begun+" "+word))
				}
			}
			list = longer
		}
		for _, row := range list {
			if out[row] = strings.Fields(who); strings.HasPrefix(row, processorToo) {
				out[row] = append(out[row], "processor")
			}
		}
	}
	return out
}

// declareCells declares all that the cells name and that is to be there.
func declareCells(t *testing.T, ch *amqp.Channel) {
	t.Helper()
	err := broker.DeclareProcessor(ch)
	for _, bic := range []string{"SANDNL2A", "SLOWDE2A", "NAYSFR2A", "CHALES2A"} {
		err = errors.Join(err, broker.DeclareBank(bic)(ch))
	}
	for _, q := range []string{"merchant.demo-shop.q", "merchant.demo-shop.demo-reader.q", "merchant.other-shop.q"} {
		_, more := ch.QueueDeclare(q, true, false, false, false, nil)
		err = errors.Join(err, more)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// attempt carries out a row, and returns the broker's refusal.
func attempt(ctx context.Context, ch *amqp.Channel, row string) error {
	w := strings.Fields(strings.ReplaceAll(row+" ", " - ", "  "))
	for strings.HasSuffix(row, " -") && len(w) < strings.Count(row, " ")+1 {
		w = append(w, "")
	}
	if strings.HasPrefix(row, "publish - ") {
		w = []string{"publish", "", w[1]}
	}
	switch w[0] {
	case "declare":
		args := amqp.Table{}
		if strings.HasPrefix(w[1], "bank.") || w[1] == broker.ResultsQueue {
			args = amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": int32(broker.DeliveryLimit), "x-dead-letter-exchange": broker.DeadLetters}
		} else if w[1] == broker.DeadLetters {
			args = amqp.Table{"x-queue-type": "quorum"}
		}
		_, err := ch.QueueDeclare(w[1], w[1] != "", w[1] == "", w[1] == "", false, args)
		return err
	case "exchange":
		return ch.ExchangeDeclare(w[1], amqp.ExchangeTopic, true, false, false, false, nil)
	case "consume":
		_, err := ch.Consume(w[1], "", false, false, false, false, nil)
		return err
	case "get":
		_, _, err := ch.Get(w[1], false)
		return err
	case "purge":
		_, err := ch.QueuePurge(w[1], false)
		return err
	case "delete":
		_, err := ch.QueueDelete(w[1], false, false, false)
		return err
	case "bind":
		return ch.QueueBind(w[1], w[3], w[2], false, nil)
	case "link":
		return ch.ExchangeBind(w[1], w[3], w[2], false, nil)
	case "publish":
		return confirmed(ctx, ch, w[1], w[2])
	}
	return fmt.Errorf("%q is no row", row)
}

// confirmed publishes, and waits for the broker's confirm.
func confirmed(ctx context.Context, ch *amqp.Channel, exchange, key string) error {
	if err := ch.Confirm(false); err != nil {
		return err
	}
	closed := ch.NotifyClose(make(chan *amqp.Error, 1))
	confirms := ch.NotifyPublish(make(chan amqp.Confirmation, 1))
	if err := ch.PublishWithContext(ctx, exchange, key, false, false, amqp.Publishing{Body: []byte("{}")}); err != nil {
		return err
	}
	select {
	case err := <-closed:
		return err
	case c := <-confirms:
		if c.Ack {
			return nil
		}
		if err := <-closed; err != nil { // the library closes the confirms first
			return err
		}
		return errors.New("the broker did not take it")
	case <-time.After(5 * time.Minute):
		return errors.New("the broker says nothing")
	}
}

// Every role against every operation, cell by cell, on both brokers.
func TestAccess_CellByCell(t *testing.T) {
	table := rows()
	list := make([]string, 0, len(table))
	for row := range table {
		list = append(list, row)
	}
	slices.SortFunc(list, func(a, b string) int { // deletes last
		if x, y := strings.HasPrefix(a, "delete"), strings.HasPrefix(b, "delete"); x != y {
			return map[bool]int{true: 1, false: -1}[x]
		}
		return strings.Compare(a, b)
	})
	bustest.Each(t, func(t *testing.T, b *bustest.Bus) {
		all := b.Channel()
		declareCells(t, all)
		for name, u := range columns() {
			b.Grant(u)
			conn, err := b.As(u)(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range list {
				ch, err := conn.Channel()
				if err != nil {
					t.Fatal(err)
				}
				err = attempt(t.Context(), ch, row)
				var refusal *amqp.Error
				refused := errors.As(err, &refusal) && refusal.Code == amqp.AccessRefused
				if may := slices.Contains(table[row], name); may && err != nil || !may && !refused {
					t.Errorf("%s, %s: may it? %t; the broker says %v", name, row, may, err)
				}
				_ = ch.Close()
				if strings.HasPrefix(row, "delete") {
					declareCells(t, all)
				}
			}
			_ = conn.Close()
		}
	})
}
