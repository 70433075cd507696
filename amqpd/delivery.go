package amqpd

import (
	"cmp"
	"slices"
)

// delivery is a message that a client has and has not acknowledged.
type delivery struct {
	entry    *entry // nil once settled
	queue    *queue
	consumer *consumer // nil for basic.get
}

// deliveries are a channel's unacknowledged ones by delivery tag. Tags are
// consecutive, so the tag is a position; settled ones leave from the front.
type deliveries struct {
	first uint64 // the tag of the first place
	list  []delivery
	gone  int // places at the front of list that are given up
}

// add gives a delivery the next tag.
func (u *deliveries) add(d delivery) (tag uint64) {
	u.list = append(u.list, d)
	return u.first + uint64(len(u.list)-u.gone) - 1
}

// skip uses up a tag for a delivery that needs no acknowledgement.
func (u *deliveries) skip() (tag uint64) {
	tag = u.add(delivery{})
	u.trim()
	return tag
}

// take removes one delivery, or with multiple all up to it; tag 0 then means
// all there are. It reports whether there was any such delivery.
func (u *deliveries) take(tag uint64, multiple bool) ([]delivery, bool) {
	live := u.list[u.gone:]
	if multiple && tag == 0 {
		return u.takeAll(), true
	}
	if tag < u.first || tag-u.first >= uint64(len(live)) {
		return nil, false
	}
	at := int(tag - u.first)
	from := at
	if multiple {
		from = 0
	}
	var out []delivery
	for i := from; i <= at; i++ {
		if live[i].entry != nil {
			out = append(out, live[i])
			live[i] = delivery{}
		}
	}
	u.trim()
	return out, len(out) > 0
}

func (u *deliveries) takeAll() []delivery {
	live := u.list[u.gone:]
	out := slices.DeleteFunc(slices.Clone(live), func(d delivery) bool { return d.entry == nil })
	u.first += uint64(len(live))
	u.list, u.gone = u.list[:0], 0
	return out
}

// trim gives up settled places at the front, and moves the rest down when
// more is given up than is left, which keeps the cost per delivery constant.
func (u *deliveries) trim() {
	for u.gone < len(u.list) && u.list[u.gone].entry == nil {
		u.gone++
		u.first++
	}
	if u.gone > 64 && u.gone > len(u.list)/2 {
		n := copy(u.list, u.list[u.gone:])
		clear(u.list[n:])
		u.list, u.gone = u.list[:n], 0
	}
	if u.gone == len(u.list) {
		u.list, u.gone = u.list[:0], 0
	}
}

// requeue puts deliveries back where they were in their queues. Those that
// failed count towards the delivery limit.
func requeue(ds []delivery, failed bool) {
	byQueue := map[*queue][]*entry{}
	for _, d := range ds {
		d.settled()
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

// settled takes the delivery off the counts of those who wait for it.
func (d delivery) settled() {
	d.queue.unacked--
	if d.consumer != nil {
		d.consumer.inFlight--
		d.consumer.channel.inFlight--
	}
}
