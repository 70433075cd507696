package dashboard

import "strconv"

// HopView is one hop of a payment, on a page of its own.
type HopView struct {
	Frame
	ID        string // of the payment
	Reference string
	Hop       Hop
}

// Line is one item of the list of hops: a hop, a time in which nothing happened, or what is waited for.
type Line struct {
	Key  string // stays the same while the story grows
	Hop  *Hop
	Wait *Wait
	// Of the time before a hop.
	After, Gap string
	Silent     bool
}

// Lines are the hops as a list, with the times between them and what is waited for at its end.
func (v SequenceView) Lines() (list []Line) {
	for i := range v.Hops {
		h := &v.Hops[i]
		if h.After != "" {
			list = append(list, Line{Key: "gap-" + h.ID, After: h.After, Gap: h.Gap, Silent: h.Silent})
		}
		list = append(list, Line{Key: h.ID, Hop: h})
	}
	for i := range v.Waits {
		list = append(list, Line{Key: "wait-" + strconv.Itoa(i), Wait: &v.Waits[i]})
	}
	return list
}
