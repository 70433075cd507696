package replay

import "sandbank/sim"

// wish is a plan as files and requests write it, with the published numbers in the place of instruments.
func wish(p sim.Plan) sim.Wish {
	w := sim.Wish{Travel: string(p.Travel)}
	for _, a := range p.Customer {
		w.Customer = append(w.Customer, wishedAct(a))
	}
	if p.Bank != nil {
		b := wishedBank(*p.Bank)
		w.Bank = &b
	}
	for channel, d := range p.Channels {
		if w.Channels == nil {
			w.Channels = map[string]sim.WishedDelivery{}
		}
		one := sim.WishedDelivery{After: string(d.After)}
		for _, how := range d.How {
			one.How = append(one.How, string(how))
		}
		w.Channels[string(channel)] = one
	}
	return w
}

func wishedAct(a sim.Act) sim.WishedAct {
	w := sim.WishedAct{Action: string(a.Action), After: string(a.After), Bank: a.Bank}
	if a.With != nil {
		w.Card, w.IBAN, w.Holder = numberOf(*a.With)
	}
	return w
}

func wishedBank(b sim.Bank) sim.WishedBank {
	w := sim.WishedBank{WishedAnswer: wishedAnswer(b.Answer)}
	for _, part := range []struct {
		from *sim.FollowUp
		into **sim.WishedFollowUp
	}{{b.Capture, &w.Capture}, {b.Refund, &w.Refund}} {
		if part.from != nil {
			*part.into = &sim.WishedFollowUp{WishedAnswer: wishedAnswer(part.from.Answer), Travel: string(part.from.Travel)}
		}
	}
	if d := b.Dispute; d != nil {
		w.Dispute = &sim.WishedDispute{Outcome: string(d.Outcome), Reason: d.Reason, After: string(d.After), EndsAfter: string(d.EndsAfter), Travel: string(d.Travel)}
	}
	return w
}

func wishedAnswer(a sim.Answer) sim.WishedAnswer {
	w := sim.WishedAnswer{Outcome: string(a.Outcome), Reason: a.Reason, After: string(a.After)}
	if a.Times > 0 {
		w.Times = &a.Times
	}
	if e := a.Challenge; e != nil {
		w.Challenge = &sim.WishedEnding{Ends: string(e.Ends), After: string(e.After)}
	}
	return w
}
