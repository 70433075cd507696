package dashboard

import (
	"strings"
	"testing"

	"sandbank/broker"
	"sandbank/processor"
)

// theBroker is a broker with a bit of everything, which does not tell all of it.
func theBroker() processor.Messages {
	n := func(i int) *int { return &i }
	return processor.Messages{Outbox: 3, DeadLetters: 1, Picture: broker.Picture{
		Engine: broker.EngineRabbitMQ, ToldBy: broker.ToldByManagement, Notes: []string{"RabbitMQ counts its messages every few seconds."},
		Exchanges: []broker.ExchangeInfo{{Name: "amq.topic", Type: "topic"}, {Name: "bank.requests", Type: "topic"}},
		Queues: []broker.QueueInfo{
			{Name: "bank.MUTEIE2A", Type: "quorum", Ready: n(0), Unacknowledged: n(2), Consumers: n(1)},
			{Name: "bank.SLOWDE2A", Type: "quorum", Ready: n(0), Unacknowledged: n(0), Consumers: n(0)},
			{Name: "dead.letters", Type: "quorum", Ready: n(0), Consumers: n(1)},
		},
		Bindings: []broker.BindingInfo{{Exchange: "bank.requests", Key: "MUTEIE2A", To: "queue", Name: "bank.MUTEIE2A"}},
	}}
}

func sampleMessages(all bool) MessagesView {
	v := messagesView(theBroker(), []processor.Letter{{ID: "ded_1", At: sampleTime, Queue: "processor.results", Reason: "rejected"}}, all)
	v.Frame = sampleFrame("messages")
	return v
}

// Rows with nothing in them are hidden until they are asked for, and what is not told is no 0.
func TestMessages_HideZerosAndInventNone(t *testing.T) {
	few, all := sampleMessages(false), sampleMessages(true)
	if len(few.Queues.Rows) != 2 || len(few.Routes.Rows) != 1 || len(all.Queues.Rows) != 3 || len(all.Routes.Rows) != 2 {
		t.Errorf("rows: %d and %d, with all %d and %d", len(few.Queues.Rows), len(few.Routes.Rows), len(all.Queues.Rows), len(all.Routes.Rows))
	}
	if want := "1 queue has neither a message nor a consumer. 1 exchange is bound to nothing. "; few.Hidden != want || few.Switch.URL != "/messages?rows=all" {
		t.Errorf("hidden: %q, switch to %s", few.Hidden, few.Switch.URL)
	}
	if all.Hidden != "" || all.Switch.URL != "/messages" {
		t.Errorf("with all rows: %q, switch to %s", all.Hidden, all.Switch.URL)
	}
	if got := few.Queues.Rows[1].Cells[3].Text; got != "not told" {
		t.Errorf("in flight of a queue that does not tell it: %q", got)
	}
	for i, want := range []string{"3", "0", "–", "1"} {
		if got := few.Tiles[i].Count; got != want {
			t.Errorf("%s: %s, want %s", few.Tiles[i].Label, got, want)
		}
	}
	m := theBroker()
	m.ToldBy = broker.ToldByAMQP // which tells some bindings, so that the others may be there
	if some := messagesView(m, nil, true); some.Routes.Rows[0].Cells[2].Text != "not told" || strings.Contains(messagesView(m, nil, false).Hidden, "bound to nothing") {
		t.Errorf("what AMQP does not tell is said to be nothing: %+v", some.Routes.Rows[0])
	}
	if *m.Queues[0].Ready = 1; messagesRevision(m) == few.Revision {
		t.Error("another depth is the same page")
	}
}

// The page shows what the store and the broker say, and refuses a switch that it does not have.
func TestMessages_Page(t *testing.T) {
	b := newBoard(t)
	b.OK(b.Disk.AddLetters(t.Context(), []processor.Letter{{ID: "ded_7", At: sampleTime, Queue: "processor.results", Reason: "rejected", Type: "result"}}))
	for path, wants := range map[string][]string{
		"/messages":          {"bank.MUTEIE2A", "Requests to the bank MUTEIE2A", `href="/dead-letters#ded_7"`, "Show all rows", "not told"},
		"/messages?rows=all": {"bank.SLOWDE2A", "amq.topic", "Hide rows"},
		"/dead-letters":      {`id="ded_7"`, `href="/messages"`},
	} {
		code, html := b.get(path)
		for _, want := range wants {
			if code != 200 || !strings.Contains(html, want) {
				t.Errorf("%s: %d, and no %q", path, code, want)
			}
		}
	}
	if code, html := b.get("/messages"); code != 200 || strings.Contains(html, "bank.SLOWDE2A") {
		t.Errorf("%d, and the queue with nothing in it is not hidden", code)
	}
	if code, html := b.get("/messages?rows=some"); code != 400 || !strings.Contains(html, "rows must be all") {
		t.Errorf("another switch: %d", code)
	}
}
