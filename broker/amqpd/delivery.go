package amqpd

import (
	"cmp"
	"slices"
)

// delivery is a message that a client holds and has not acknowledged.
type delivery struct {
	tag      uint64
	entry    *entry // nil once acknowledged
	queue    *queue
	consumer *consumer // nil for basic.get
}

// deliveries holds a channel's unacknowledged deliveries in order of delivery
// tag. An acknowledgement leaves a hole, so that the entries behind it need not
// move.
type deliveries struct {
	last  uint64 // the latest tag
	list  []delivery
	holes int
}

// add gives a delivery the next tag.
func (u *deliveries) add(d delivery) (tag uint64) {
	d.tag = u.skip()
	u.list = append(u.list, d)
	return d.tag
}

// skip uses up a tag for a delivery that needs no acknowledgement.
func (u *deliveries) skip() (tag uint64) {
	u.last++
	return u.last
}

// take removes one delivery or, with multiple, all up to the tag; tag 0 then
// means all deliveries. It reports whether any delivery was found.
func (u *deliveries) take(tag uint64, multiple bool) ([]delivery, bool) {
	if multiple && tag == 0 {
		return u.takeAll(), true
	}
	at, found := slices.BinarySearchFunc(u.list, tag, func(d delivery, tag uint64) int { return cmp.Compare(d.tag, tag) })
	from, to := at, at
	if found {
		to++
	}
	if multiple {
		from = 0
	}
	if tag > u.last {
		return nil, false
	}
	var out []delivery
	for i := range u.list[from:to] {
		if d := &u.list[from+i]; d.entry != nil {
			out = append(out, *d)
			*d = delivery{tag: d.tag}
			u.holes++
		}
	}
	u.trim()
	return out, len(out) > 0
}

func (u *deliveries) takeAll() []delivery {
	out := slices.DeleteFunc(u.list, isHole)
	u.list, u.holes = nil, 0
	return out
}

func isHole(d delivery) bool { return d.entry == nil }

// trim removes the holes at the front, where nearly all arise. It closes the
// others when they outnumber the remaining deliveries, as happens with a client
// that keeps one delivery and acknowledges ever younger ones.
func (u *deliveries) trim() {
	for len(u.list) > 0 && isHole(u.list[0]) {
		u.list = u.list[1:]
		u.holes--
	}
	if u.holes > 64 && u.holes > len(u.list)/2 {
		u.list = slices.DeleteFunc(u.list, isHole)
		u.holes = 0
	}
}

// requeue puts deliveries back to their old places in their queues. Failed
// deliveries count towards the delivery limit.
func requeue(ds []delivery, failed bool) {
	byQueue := map[*queue][]*entry{}
	for _, d := range ds {
		d.uncount()
		byQueue[d.queue] = append(byQueue[d.queue], d.entry)
	}
	for q, entries := range byQueue {
		slices.SortFunc(entries, func(a, b *entry) int { return cmp.Compare(a.seq, b.seq) })
		q.putBack(entries, failed)
	}
	for q := range byQueue {
		q.pump()
	}
}

// uncount takes an ended delivery off the counts of its queue, consumer and
// channel.
func (d delivery) uncount() {
	d.queue.unacked--
	if d.consumer != nil {
		d.consumer.inFlight--
		d.consumer.channel.inFlight--
	}
}
