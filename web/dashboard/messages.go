package dashboard

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"time"

	"sandbank/broker"
	"sandbank/fault"
	"sandbank/processor"
	"sandbank/web/gate"
)

// MessagesView is where messages are on their way over AMQP.
type MessagesView struct {
	Frame
	// LiveURL and Revision are as on [PaymentView], HomeURL is the page's own address.
	LiveURL, Revision, HomeURL string
	Says                       string   // who tells it
	Untold                     []string // in sentences: what is not told here
	Tiles                      []Tile
	Queues, Routes             Table
	// Hidden says what is left out, and Switch leads to the page with it, or without.
	Hidden  string
	Switch  Link
	Letters Table
}

// toldBy says who tells what the page shows.
var toldBy = map[string]string{
	broker.ToldByBroker:     "Told by the embedded broker itself, at this moment.",
	broker.ToldByManagement: "Told by RabbitMQ's management API.",
	broker.ToldByAMQP:       "Told by RabbitMQ over AMQP.",
}

// latestLetters is how many dead letters the page of messages shows.
const latestLetters = 5

func (d *Dashboard) messages(w http.ResponseWriter, r *http.Request) error {
	all, err := everyRow(r)
	if err != nil {
		return err
	}
	m, err := d.Processor.Messages(r.Context())
	if err != nil {
		return err
	}
	letters, _, err := d.Processor.Letters(r.Context(), latestLetters)
	if err != nil {
		return err
	}
	v := messagesView(m, letters, all)
	v.Frame = d.frame(r, "messages")
	return RenderMessages(w, v)
}

// everyRow reads the switch: whether rows with nothing in them are shown as well.
func everyRow(r *http.Request) (bool, error) {
	q := gate.Query(r)
	if q.Has("rows") && q.Get("rows") != "all" {
		return false, fault.New(fault.Invalid, "query_invalid", "The query is not right.").At("rows", "must be all, or left out")
	}
	return q.Has("rows"), nil
}

func messagesView(m processor.Messages, letters []processor.Letter, all bool) MessagesView {
	v := MessagesView{
		LiveURL: "/messages/live", Revision: messagesRevision(m), HomeURL: "/messages", Says: toldBy[m.ToldBy], Untold: m.Notes,
		Tiles: messageTiles(m), Switch: Link{"Show all rows", "/messages?rows=all"},
	}
	if all {
		v.HomeURL, v.Switch = v.Switch.URL, Link{"Hide rows with nothing in them", "/messages"}
	}
	var queues, exchanges int
	v.Queues, queues = queueTable(m.Queues, all)
	v.Routes, exchanges = routeTable(m.Picture, all)
	if v.Hidden = hiddenRows(queues, exchanges, m.ToldBy == broker.ToldByAMQP); v.Hidden == "" && !all {
		v.Switch = Link{}
	}
	v.Letters = letterTable(letters)
	return v
}

// hiddenRows says how much is left out; "" for nothing. Where only some bindings are told, no exchange is certainly bound to nothing.
func hiddenRows(queues, exchanges int, some bool) string {
	var said string
	if queues > 0 {
		said = counted(queues, "queue has", "queues have") + " neither a message nor a consumer. "
	}
	switch {
	case exchanges > 0 && some:
		said += counted(exchanges, "exchange has", "exchanges have") + " no binding that is told here. "
	case exchanges > 0:
		said += counted(exchanges, "exchange is", "exchanges are") + " bound to nothing. "
	}
	return said
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// messageTiles sums up. What some queue does not tell has no sum.
func messageTiles(m processor.Messages) []Tile {
	sum := func(of func(broker.QueueInfo) *int) string {
		total := 0
		for _, q := range m.Queues {
			n := of(q)
			if n == nil {
				return "–"
			}
			total += *n
		}
		return strconv.Itoa(total)
	}
	return []Tile{
		{Count: strconv.Itoa(m.Outbox), Label: "In the outbox"},
		{Count: sum(func(q broker.QueueInfo) *int { return q.Ready }), Label: "Ready in queues"},
		{Count: sum(func(q broker.QueueInfo) *int { return q.Unacknowledged }), Label: "In flight"},
		{Count: strconv.Itoa(m.DeadLetters), Label: "Dead letters", URL: "/dead-letters"},
	}
}

func queueTable(list []broker.QueueInfo, all bool) (t Table, hidden int) {
	t = Table{Title: "Queues", Anchor: "queues", Nothing: "No queue has a message or a consumer.", Columns: left("Queue", "What it holds", ">Depth", ">In flight", ">Consumers")}
	for _, q := range list {
		if q.Idle() && !all {
			hidden++
			continue
		}
		name := mono(q.Name)
		if q.Name == broker.DeadLetters {
			name.URL = "/dead-letters"
		}
		t.Rows = append(t.Rows, TableRow{Cells: []Cell{name, text(broker.About(q.Name)), figure(q.Ready), figure(q.Unacknowledged), figure(q.Consumers)}})
	}
	return t, hidden
}

// untold stands where the broker says nothing.
const untold = "not told"

// figure is a number as far as it is told.
func figure(n *int) Cell {
	if n == nil {
		return Cell{Text: untold, Right: true, Zero: true}
	}
	return Cell{Text: strconv.Itoa(*n), Right: true, Zero: *n == 0}
}

func routeTable(p broker.Picture, all bool) (t Table, hidden int) {
	t = Table{Title: "Exchanges and bindings", Anchor: "routes", Nothing: "No exchange is bound to anything.", Columns: left("Exchange", "Routing key", "Leads to", "Type")}
	bound := map[string][]broker.BindingInfo{}
	for _, b := range p.Bindings {
		bound[b.Exchange] = append(bound[b.Exchange], b)
	}
	for _, x := range p.Exchanges {
		if len(bound[x.Name]) == 0 {
			if !all {
				hidden++
				continue
			}
			to := "nothing"
			if p.ToldBy == broker.ToldByAMQP {
				to = untold
			}
			t.Rows = append(t.Rows, TableRow{Cells: []Cell{mono(x.Name), text("–"), text(to), text(x.Type)}})
		}
		for _, b := range bound[x.Name] {
			to := mono(b.Name)
			if b.To == "exchange" {
				to = text("exchange " + b.Name)
			}
			t.Rows = append(t.Rows, TableRow{Cells: []Cell{mono(x.Name), mono(b.Key), to, text(x.Type)}})
		}
	}
	return t, hidden
}

func letterTable(letters []processor.Letter) Table {
	t := Table{Title: "Newest dead letters", Anchor: "letters", Nothing: "None. Every message found somebody who understood it.", Columns: left("Message", "Why", "From", "Time (UTC)")}
	for _, l := range letters {
		kind := l.Type
		if kind == "" {
			kind = "Unknown message"
		}
		t.Rows = append(t.Rows, TableRow{Cells: []Cell{link(kind, "/dead-letters#"+l.ID), words(l.Reason), mono(l.Queue), stamp(l.At)}})
	}
	return t
}

// messagesRevision changes whenever the page would look different.
func messagesRevision(m processor.Messages) string {
	sum := fnv.New64a()
	_ = json.NewEncoder(sum).Encode(m) // numbers and texts always encode
	return strconv.FormatUint(sum.Sum64(), 36)
}

// messagesEvery is how often the broker is asked for a page that somebody looks at.
const messagesEvery = 2 * time.Second

func (d *Dashboard) messagesLive(w http.ResponseWriter, r *http.Request) error {
	told := ""
	return d.followed(w, r, func() <-chan struct{} { return nil }, messagesEvery, func(ctx context.Context, out *bytes.Buffer) error {
		m, err := d.Processor.Messages(ctx)
		if err != nil {
			return nil //nolint:nilerr // a broker that is away for a while is asked again; the page stays as it is
		}
		if now := messagesRevision(m); now != told {
			told = now
			_, err = fmt.Fprintf(out, "event: status\ndata: %s\n\n", now)
		}
		return err
	})
}
