package processor

import (
	"encoding/json"
	"slices"

	"sandbank/broker"
	"sandbank/event"
	"sandbank/payment"
	"sandbank/settlement"
	"sandbank/sim"
	"sandbank/telemetry/trace"
	"sandbank/webhook"
)

// Work is one batch's working set: the loaded rows, and the changes of the
// batch's commands. Commands run one after the other, so the second sees the
// changes of the first; a refused command has touched nothing.
type Work struct {
	Changes
	payments  map[string]*payment.Payment // each version is a value of its own, which is not changed
	keyed     map[Key]string
	seen      map[string]bool
	endpoints map[string][]webhook.Endpoint
	dirty     map[string]int // payment id → index in Created (negative-1) or Updated
	records   map[string]Record
	kept      map[string]int // record id → index in Records
	items     map[string]settlement.Item
	listed    map[string]int // item id → index in Items
	old       []Old
	moves     []Move
	commands  int // of the batch, for as many payments as there may be; 0 where it is not known
	// stops takes something off its way where it is held; false where it goes on. It may be nil.
	stops func(*Work, sim.Held, string) bool
}

// Move is a payment's step from one status to another, or its beginning.
type Move struct {
	Payment *payment.Payment // as the step left it; not to be changed
	From    payment.Status   // "" of a new one
}

// Moves are the steps of payments in this batch, in their order.
func (w *Work) Moves() []Move { return w.moves }

// Loaded are the rows that a store found for a [Load].
type Loaded struct {
	Payments  []payment.Payment  // those named, and those behind the keys
	Keyed     map[Key]string     // idempotency key → payment id
	Seen      []string           // ids of incoming messages already stored
	Endpoints []webhook.Endpoint // of the loaded payments' merchants and the named ones; repeats are allowed
	Records   []Record           // those named, and the open breaks of the settle scopes' banks
	Items     []settlement.Item  // of the settle and pay scopes
	Old       []Old              // of the leaving payments
}

// NewWork makes a working set of loaded rows.
func NewWork(l Loaded) *Work {
	w := &Work{
		payments:  make(map[string]*payment.Payment, len(l.Payments)),
		keyed:     l.Keyed,
		seen:      make(map[string]bool, len(l.Seen)),
		endpoints: map[string][]webhook.Endpoint{},
		dirty:     map[string]int{},
		records:   make(map[string]Record, len(l.Records)), kept: map[string]int{},
		items: make(map[string]settlement.Item, len(l.Items)), listed: map[string]int{},
		old: l.Old,
	}
	for _, r := range l.Records {
		w.records[r.ID] = r
	}
	for _, i := range l.Items {
		w.items[i.ID] = i
	}
	if w.keyed == nil {
		w.keyed = map[Key]string{}
	}
	for i := range l.Payments {
		w.payments[l.Payments[i].ID] = &l.Payments[i]
	}
	for _, id := range l.Seen {
		w.seen[id] = true
	}
	for _, e := range l.Endpoints {
		if slices.ContainsFunc(w.endpoints[e.Merchant], func(known webhook.Endpoint) bool { return known.ID == e.ID }) {
			continue
		}
		w.endpoints[e.Merchant] = append(w.endpoints[e.Merchant], e)
	}
	return w
}

func (w *Work) create(p payment.Payment) {
	w.moves = append(w.moves, Move{Payment: &p})
	w.payments[p.ID] = &p
	if k := p.Origin.IdempotencyKey; k != "" {
		w.keyed[Key{p.Merchant, k}] = p.ID
	}
	if w.Created == nil { // a payment is large, and a batch of creates has as many
		w.Created = make([]payment.Payment, 0, max(1, w.commands))
	}
	w.Created = append(w.Created, p)
	w.dirty[p.ID] = -len(w.Created)
}

func (w *Work) update(p payment.Payment) {
	var before payment.Status
	if was := w.payments[p.ID]; was != nil {
		before = was.Status
	}
	if before != p.Status {
		w.moves = append(w.moves, Move{&p, before})
	}
	w.payments[p.ID] = &p
	switch at, ok := w.dirty[p.ID]; {
	case !ok:
		if w.Updated == nil {
			w.Updated = make([]payment.Payment, 0, max(1, w.commands))
		}
		w.Updated = append(w.Updated, p)
		w.dirty[p.ID] = len(w.Updated)
	case at < 0:
		w.Created[-at-1] = p
	default:
		w.Updated[at-1] = p
	}
}

// keep puts a record into the batch's changes.
func (w *Work) keep(r Record) {
	w.records[r.ID] = r
	w.Records = lastOfEach(w.Records, w.kept, r.ID, r)
}

// item puts an item into the batch's changes.
func (w *Work) item(i settlement.Item) {
	w.items[i.ID] = i
	w.Items = lastOfEach(w.Items, w.listed, i.ID, i)
}

// lastOfEach puts a value into a list that holds the last state of each, once;
// at is where each stands in it.
func lastOfEach[T any](list []T, at map[string]int, id string, v T) []T {
	if i, ok := at[id]; ok {
		list[i] = v
		return list
	}
	at[id] = len(list)
	return append(list, v)
}

// message records a message once; false where an incoming one was seen before. A request to a bank that is
// held is recorded when it goes on.
func (w *Work) message(m Message) bool {
	if m.Direction == Out && w.held(func() sim.Held { return heldRequest(m, w.merchantOf(m.Payment)) }, "") {
		return true
	}
	return w.send(m)
}

// send records a message, whether or not such are held.
func (w *Work) send(m Message) bool {
	if m.Direction == In {
		if w.seen[m.ID] {
			return false
		}
		w.seen[m.ID] = true
	}
	w.Messages = append(w.Messages, m)
	return true
}

// tell makes the event of a change and a delivery for each endpoint that wants
// it. The event has the payment's present state.
func (w *Work) tell(p payment.Payment, eventType, eventID string, courses sim.Courses, at payment.Address, newID deliveryID) {
	data, err := json.Marshal(p.Resource(at))
	if err != nil {
		panic("processor: " + err.Error()) // a resource always encodes
	}
	w.announce(event.Event{ID: eventID, Type: eventType, Merchant: p.Merchant, Payment: p.ID, At: p.UpdatedAt, Data: data, Courses: courses}, newID)
}

// announce puts an event out, with a delivery for each endpoint that wants it.
func (w *Work) announce(ev event.Event, newID deliveryID) {
	w.Events = append(w.Events, ev)
	merchant, dialect := ev.Owner()
	if dialect == "" {
		w.delay(ev)
	}
	for _, e := range w.endpoints[merchant] {
		if e.Dialect == dialect && e.Wants(ev.Type) {
			for _, d := range deliver(ev, len(w.Events)-1, e, newID) {
				if d.Lost || !w.held(func() sim.Held { return heldWebhook(ev, d, merchant) }, ev.Merchant) {
					w.Deliveries = append(w.Deliveries, d)
				}
			}
		}
	}
}

// ByKey finds the payment that an idempotency key made.
func (w *Work) ByKey(k Key) (payment.Payment, bool) {
	id, ok := w.keyed[k]
	if !ok || k.Key == "" {
		return payment.Payment{}, false
	}
	return w.Loaded(id)
}

// Loaded is a payment as the commands so far left it.
func (w *Work) Loaded(id string) (payment.Payment, bool) {
	if p := w.payments[id]; p != nil {
		return *p, true
	}
	return payment.Payment{}, false
}

// traceOf is where the trace of a payment is; "" of one that was not loaded.
func (w *Work) traceOf(id string) trace.Context {
	if p := w.payments[id]; p != nil {
		return p.Trace
	}
	return ""
}

// merchantOf is whose payment it is; "" of one that was not loaded.
func (w *Work) merchantOf(id string) string {
	if p := w.payments[id]; p != nil {
		return p.Merchant
	}
	return ""
}

// RecordOf is a record as the commands so far left it.
func (w *Work) RecordOf(id string) (Record, bool) {
	r, ok := w.records[id]
	return r, ok
}

// ItemOf is an item as the commands so far left it.
func (w *Work) ItemOf(id string) (settlement.Item, bool) {
	i, ok := w.items[id]
	return i, ok
}

// Old lists the old payments that were loaded to be let go.
func (w *Work) Old() []Old { return w.old }

// Seen reports whether an incoming message is stored already.
func (w *Work) Seen(id string) bool { return w.seen[id] }

// EndpointsOf are the webhook endpoints of a merchant whose payment was loaded.
func (w *Work) EndpointsOf(merchant string) []webhook.Endpoint { return w.endpoints[merchant] }

// Outgoing lists the ids of the batch's AMQP messages, events first, in the
// order of the outbox.
func (c *Changes) Outgoing() []string {
	ids := make([]string, 0, len(c.Events)+len(c.Messages))
	for _, e := range c.toAMQP() {
		ids = append(ids, e.ID)
	}
	for i := range c.Messages {
		if c.Messages[i].Direction == Out {
			ids = append(ids, c.Messages[i].ID)
		}
	}
	return ids
}

// NewParcel puts what an outbox row names back together: events first, in their
// order, then requests.
func NewParcel(id string, events []event.Event, messages []Message) broker.Parcel {
	p := broker.Parcel{ID: id}
	for _, e := range events {
		p.Messages = append(p.Messages, copies(e)...)
	}
	for _, m := range messages {
		p.Messages = append(p.Messages, BankMessage(m))
	}
	return p
}
