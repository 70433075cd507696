package docs

import (
	"html/template"
	"strings"

	"sandbank/web/contract"
)

// AMQPView is the reference of the AMQP contract.
type AMQPView struct {
	Frame
	Text       template.HTML
	Channels   []Channel
	Operations []Exchange
	Messages   []Message
	Schemas    []Schema
}

// Channel is an exchange or a queue.
type Channel struct {
	Title  string
	Anchor string
	Kind   string // "direct exchange", "queue"
	Key    string // routing key
	Text   template.HTML
	Facts  []Fact
	Takes  []string // message names
}

// Fact is one line.
type Fact struct{ Label, Value string }

// Exchange is an exchange with its senders, receivers and messages.
type Exchange struct {
	Title   string
	Who     string // "Sandbank sends", "Sandbank receives"
	Channel string
	Summary string
	Text    template.HTML
}

// Message is one kind of message.
type Message struct {
	Name       string
	Anchor     string
	Title      string
	Summary    string
	Schema     string
	Link       string
	Properties []Fact
	Examples   []Example
}

func amqpReference() AMQPView {
	m := maker{root: read(contract.AsyncAPI())}
	v := AMQPView{
		Frame: Frame{Section: "amqp"}, Text: markup(m.root.get("info", "description").text()), Schemas: m.schemas(),
	}
	for _, c := range m.root.get("channels").members() {
		v.Channels = append(v.Channels, m.channel(c))
	}
	for _, op := range m.root.get("operations").members() {
		who := "Sandbank sends"
		if op.get("action").text() == "receive" {
			who = "Sandbank receives"
		}
		to := op.get("channel").resolve(m.root)
		v.Operations = append(v.Operations, Exchange{
			Title: op.get("title").text(), Who: who, Channel: to.get("title").text(),
			Summary: op.get("summary").text(), Text: markup(op.get("description").text()),
		})
	}
	for _, message := range m.root.get("components", "messages").members() {
		v.Messages = append(v.Messages, m.message(message))
	}
	return v
}

// spoken are the kinds of channel where neither AMQP nor HTTP is spoken, by protocol.
var spoken = map[string]string{"mqtt": "MQTT topic", "stomp": "STOMP destination", "kafka": "Kafka topic"}

func (m maker) channel(c member) Channel {
	out := Channel{
		Title: c.get("title").text(), Anchor: anchor("channel " + c.name), Key: c.get("address").text(),
		Text: markup(c.get("description").text()), Kind: "queue",
	}
	for _, message := range c.get("messages").members() {
		out.Takes = append(out.Takes, message.name)
	}
	binding := c.get("bindings", "amqp")
	if !binding.there() {
		out.Kind, out.Facts = "over HTTP", []Fact{{"Connect to", out.Key}}
		protocol := c.get("servers").items()[0].resolve(m.root).get("protocol").text()
		if kind, ok := spoken[protocol]; ok {
			out.Kind, out.Facts = kind, []Fact{{"Address", out.Key}}
		}
		return out
	}
	if x := binding.get("exchange"); x.there() {
		out.Kind = x.get("type").text() + " exchange"
		out.Facts = append(out.Facts, Fact{"Declare", "durable"})
		if out.Key != "" {
			out.Facts = append(out.Facts, Fact{"Routing key", out.Key})
		}
	} else {
		var args []string
		for _, a := range binding.get("x-arguments").members() {
			args = append(args, a.name+": "+a.text())
		}
		to := binding.get("x-bound-to")
		bound := to.get("exchange").text()
		if key := to.get("routingKey").text(); key != "" {
			bound += " with " + key
		}
		declare := "durable"
		if len(args) > 0 {
			declare += ", with " + strings.Join(args, ", ")
		}
		out.Facts = append(out.Facts, Fact{"Declare", declare}, Fact{"Bind to", bound})
	}
	return out
}

func (m maker) message(c member) Message {
	schema := c.get("payload").ref()
	out := Message{
		Name: c.name, Anchor: anchor("message " + c.name), Title: c.get("title").text(), Summary: c.get("summary").text(),
		Schema: schema, Link: m.link(schema),
	}
	for _, p := range c.get("x-properties").members() {
		out.Properties = append(out.Properties, Fact{p.name, p.text()})
	}
	for _, h := range c.get("headers", "properties").members() {
		out.Properties = append(out.Properties, Fact{"header " + h.name, h.resolve(m.root).get("description").text()})
	}
	for _, e := range c.get("examples").items() {
		out.Examples = append(out.Examples, Example{Title: e.get("summary").text(), Text: e.get("payload").json("")})
	}
	return out
}
