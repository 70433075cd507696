package dashboard

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sandbank/broker"
	"sandbank/broker/wire"
	"sandbank/event"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/processor"
	"sandbank/web/sequence"
)

// asked are the steps of the merchant's request and of the customer's tries.
func (d *Dashboard) asked(p payment.Payment) []step {
	first := step{
		Hop: sequence.Hop{
			ID: "created", At: p.CreatedAt, Kind: "http", From: laneServer, To: laneSandbank, Title: "POST /v1/payments", Detail: inWords(p.Amount),
			Reply: "202 at once", Back: "good",
		},
		Note: "request " + p.Origin.RequestID, Wire: "request " + p.Origin.RequestID, Payload: valueOf(p.AsCreated().Resource(d.Address)),
	}
	if k := p.Origin.IdempotencyKey; k != "" {
		first.Wire = "Idempotency-Key " + k + ", " + first.Wire
	}
	list := []step{first}
	for _, a := range p.Attempts {
		gap := "the customer looks for the card, and nobody is told anything"
		if a.Number > 1 {
			gap = "the customer tries another way, and nobody is told anything"
		}
		list = append(list, step{
			Hop: sequence.Hop{
				ID: "page-" + strconv.Itoa(a.Number), At: a.StartedAt, Kind: "page", From: laneCustomer, To: laneSandbank, Title: "pays with " + a.Instrument.Label(), Gap: gap,
				Detail: tryOf(a.Number, p.MaxAttempts),
			},
			Note:    "rule: " + a.Instrument.Rule + "; " + d.Address.BankName(a.Bank) + " (" + a.Bank + "): " + p.RouteOf(a).Says(),
			Wire:    "rule: " + a.Instrument.Rule,
			Payload: valueOf(a.Instrument), Phase: a.Number,
		})
	}
	return list
}

func tryOf(n, most int) string {
	if most <= 1 {
		return ""
	}
	return fmt.Sprintf("try %d of %d", n, most)
}

// messageSteps are what went to banks and came from them.
func messageSteps(s processor.Story) (list []step) {
	for _, m := range s.Messages {
		if m.Direction == processor.Out {
			list = append(list, requestStep(s.Payment, m))
		} else {
			list = append(list, answerStep(s.Payment, m))
		}
	}
	return list
}

func requestStep(p payment.Payment, m processor.Message) step {
	s := step{
		Hop: sequence.Hop{
			ID: stepID(m.ID), At: m.At, Kind: "amqp", From: laneSandbank, To: laneBank + m.Bank, Via: laneBroker, Title: asks(m),
			Detail: broker.Requests, Behind: broker.BankQueue(m.Bank), Gap: "the merchant takes its time",
		},
		Note: "queue " + broker.BankQueue(m.Bank), Wire: broker.Requests + "\n" + broker.BankQueue(m.Bank), Payload: bodyOf(m.Body), Phase: phaseOf(p, m), Rank: rankSent,
	}
	if m.Kind == string(wire.Reverse) {
		s.Tone, s.Rank = "wait", rankEnded
	}
	if r, err := wire.ReadRequest(m.Body); err == nil && r.Simulate != nil {
		s.Note += "; on purpose: " + r.Simulate.Rule()
	}
	return s
}

func answerStep(p payment.Payment, m processor.Message) step {
	s := step{
		Hop: sequence.Hop{
			ID: stepID(m.ID), At: m.At, Kind: "amqp", From: laneBank + m.Bank, To: laneSandbank, Via: laneBroker, Title: "a result",
			Detail: broker.Results, Behind: broker.ResultsQueue, Gap: "the bank takes its time",
		},
		Note: m.Note, Wire: broker.Results + "\n" + broker.ResultsQueue, Payload: bodyOf(m.Body), Phase: phaseOf(p, m), Rank: rankAnswered,
	}
	if r, err := wire.ReadResult(m.Body); err == nil {
		said := answers[r.Outcome]
		s.Title, s.Tone, s.Money = said.title+" "+inWords(r.Amount), said.tone, r.Outcome == payment.OutcomeApproved
		if r.Reason != nil {
			s.Title = said.title + ": " + spaced(r.Reason.Code)
		}
		s.Note = cmp.Or(s.Note, "rule: "+r.Rule)
	}
	if x, err := wire.ReadDispute(m.Body); m.Kind == wire.DisputeType && err == nil {
		s.Title, s.Tone, s.Money, s.Gap = "dispute "+spaced(string(x.Status))+", "+inWords(x.Amount), "bad", true, "the customer goes to the bank"
		if x.Status == payment.DisputeWon {
			s.Tone = "good"
		}
	}
	if m.Verdict != payment.VerdictApplied {
		s.Title, s.Tone, s.Money = s.Title+" ("+string(m.Verdict)+"): changes nothing", "wait", false
	}
	return s
}

// phaseOf is the phase of a message: the number of the attempt whose request or answer it is, else afterwards.
func phaseOf(p payment.Payment, m processor.Message) int {
	id := m.ID
	if m.Direction == processor.In {
		id = requestOf(m)
	}
	if a := attemptOf(p, id); a != nil {
		return a.Number
	}
	if m.Kind == string(wire.Reverse) {
		return m.Attempt
	}
	return afterwards
}

// requestOf is the request that a bank's answer is about, "" for none.
func requestOf(m processor.Message) string {
	r, err := wire.ReadResult(m.Body)
	if err != nil {
		return ""
	}
	return r.RequestID
}

// operationSteps are what the merchant asked for after the approval.
func operationSteps(p payment.Payment) (list []step) {
	for _, o := range p.Operations {
		if p.Implied(o) {
			continue
		}
		what := string(o.Kind)
		if o.Kind != payment.OpVoid {
			what += " " + inWords(o.Amount)
		}
		list = append(list, step{
			Hop: sequence.Hop{
				ID: o.ID, At: o.CreatedAt, Kind: "http", From: laneServer, To: laneSandbank, Title: "asks to " + what, Reply: "202 at once", Back: "good",
				Gap: "the merchant takes its time",
			},
			Note: "request " + o.Origin.RequestID, Wire: o.ID, Money: true, Payload: valueOf(o), Phase: afterwards,
		})
	}
	for _, x := range p.Disputes {
		if !x.EvidenceAt.IsZero() {
			list = append(list, step{
				Hop:     sequence.Hop{ID: "evidence-" + x.ID, At: x.EvidenceAt, Kind: "http", From: laneServer, To: laneSandbank, Title: "hands in evidence", Gap: "the merchant looks for evidence"},
				Payload: valueOf(x), URL: "/disputes/" + x.ID, Phase: afterwards,
			})
		}
	}
	return list
}

// entrySteps are what was booked.
func entrySteps(s processor.Story) (list []step) {
	for n, e := range s.Entries {
		phase := afterwards
		if a := s.Payment.Approved(); a != nil && n == 0 && s.Payment.CaptureMode != payment.CaptureManual {
			phase = a.Number
		}
		list = append(list, step{
			Hop: sequence.Hop{
				ID: e.ID, At: e.At, Kind: "ledger", From: laneSandbank, To: laneLedger, Title: "books " + spaced(strings.ReplaceAll(e.Kind, ".", " ")), Tone: "good", Detail: e.Description,
			},
			Note: "booked once, by the key " + e.Key, Wire: "key " + e.Key, Money: true, Payload: valueOf(e.Entry), Phase: phase, Rank: rankBooked,
		})
	}
	return list
}

// eventSteps are what was told on every channel. The story has those that no webhook tells.
func eventSteps(s processor.Story) (list []step) {
	sent := map[string]bool{}
	for _, d := range s.Deliveries {
		sent[d.Event.ID] = true
	}
	phases := phasesOf(s.Events)
	for _, e := range s.Events {
		list = append(list, step{
			Hop: sequence.Hop{
				ID: e.ID, At: e.At, Kind: "event", From: laneSandbank, To: laneBroker, Title: e.Type, Detail: fmt.Sprintf("event %d, on every channel", e.Sequence),
			},
			Note: "number " + strconv.FormatInt(e.Sequence, 10) + " of the merchant's events" + onPurpose(e.Courses),
			Wire: broker.Events + ", key " + e.Type + "." + e.Merchant, Payload: bodyOf(e.Body()), Minor: sent[e.ID], Phase: phases[e.ID], Rank: rankOf(e.Type, rankTold),
		})
	}
	return list
}

// phasesOf is the phase of each event: that of the attempt that it tells of, else afterwards.
func phasesOf(events []event.Event) map[string]int {
	phases, attempt := map[string]int{}, 0
	for _, e := range events {
		switch {
		case e.Type == eventProcessing:
			attempt++
			phases[e.ID] = attempt
		case strings.HasPrefix(e.Type, event.PaymentPrefix):
			phases[e.ID] = max(attempt, 1)
		default:
			phases[e.ID] = afterwards
		}
	}
	return phases
}

// eventProcessing is the event that a bank was asked.
const eventProcessing = event.PaymentPrefix + string(payment.Processing)

// rankOf is the rank of an event, or of what tells it: that a bank was asked is told before it answers.
func rankOf(kind string, rank int) int {
	switch {
	case kind == eventProcessing && rank == rankTold:
		return rankBegun
	case kind == eventProcessing:
		return rankBegunTold
	}
	return rank
}

// deliverySteps are the tries of webhooks. Those of one delivery that failed fold.
func (t tale) deliverySteps() (list []step) {
	phases := phasesOf(t.Events)
	for _, del := range t.Deliveries {
		for i, a := range del.Attempts {
			good := a.Code >= 200 && a.Code < 300
			h := sequence.Hop{
				ID: del.ID + "-" + strconv.Itoa(a.Number), At: a.At, Kind: "webhook", From: laneSandbank, To: t.receiver(del), Title: del.Event.Type,
				Reply: strconv.Itoa(a.Code) + " after " + sequence.Elapsed(a.Took), Back: "good", Gap: "until try " + strconv.Itoa(a.Number),
			}
			if a.Code == 0 {
				h.Reply = "no answer"
			}
			if !good {
				h.Back, h.Fold = "bad", del.ID
			}
			if a.Number > 1 {
				h.Detail = fmt.Sprintf("try %d of %d", a.Number, del.Endpoint.MaxTries())
			}
			if a.Edited() {
				h.ID, h.Title, h.Detail, h.Fold, h.Gap = del.ID+"-edited-"+strconv.Itoa(i), "an edited body", "sent by hand", "", ""
			}
			list = append(list, step{
				Hop: h, Note: cmp.Or(a.Error, del.Endpoint.For(del.Event).URL), Wire: "POST " + a.Request.URL,
				Payload: exchanged(a, del), URL: pageOf(del), Phase: phases[del.Event.ID], Rank: rankOf(del.Event.Type, rankTried),
			})
		}
	}
	return list
}

// pageOf is the page of a delivery, "" where its endpoint was deleted.
func pageOf(del processor.DeliveryRecord) string {
	if del.Endpoint.For(del.Event).URL == "" {
		return ""
	}
	return deliveryURL(del.Delivery)
}

// endSteps are the ends without a message: the time was up, or somebody canceled.
func (t tale) endSteps() []step {
	p := t.Payment
	note := func(h sequence.Hop, text string) step {
		return step{Hop: h, Note: text, Phase: len(p.Attempts), Rank: rankAnswered}
	}
	switch p.Status {
	case payment.Abandoned:
		at := p.UpdatedAt
		return []step{
			note(sequence.Hop{
				ID: "end", At: at, Kind: "clock", From: laneSandbank, To: laneSandbank, Title: "abandoned, by the clock", Silent: true,
				Gap: "The customer never finished. There is no event, no webhook, no message and no booking.",
			}, p.Reason.Rule),
			note(sequence.Hop{ID: "end-never", At: at, Kind: "webhook", From: laneSandbank, To: t.someReceiver(), Title: "no webhook comes. Ever.", Tone: "bad", Never: true},
				"only a server that asks, knows: GET /v1/payments/"+p.ID),
		}
	case payment.Canceled:
		from := laneCustomer
		if p.Reason.Code == reason.MerchantCanceled {
			from = laneServer
		}
		return []step{note(sequence.Hop{ID: "end", At: p.UpdatedAt, Kind: "page", From: from, To: laneSandbank, Title: "cancels", Tone: "wait", Gap: "nobody is told anything"}, p.Reason.Message)}
	case payment.Failed:
		if a := p.Last(); a != nil && a.Status == payment.AttemptTimedOut {
			return []step{note(sequence.Hop{
				ID: "end", At: p.UpdatedAt, Kind: "clock", From: laneSandbank, To: laneSandbank, Title: "the bank did not answer in time", Tone: "bad", Silent: true,
				Gap: "The bank says nothing. The customer waits, and so does the merchant.",
			}, p.Reason.Rule)}
		}
	case payment.Created, payment.Processing, payment.ActionRequired, payment.Authorized, payment.Captured, payment.Declined, payment.Voided:
	}
	return nil
}

// settledSteps are what banks' batches said of the payment's money, and the breaks.
func settledSteps(s processor.Story) (list []step) {
	for _, i := range s.Items {
		b, ok := s.Settlements[i.Settlement]
		if !ok || !i.Kind.Settles() {
			continue
		}
		h := sequence.Hop{
			ID: "settled-" + stepID(i.ID), At: b.ReceivedAt, Kind: "money", From: laneBank + i.Bank, To: laneSandbank, Via: laneBroker,
			Title: "settles the " + string(i.Kind) + ", " + inWords(i.Amount), Tone: "good", Detail: "of " + b.BusinessDate, Behind: broker.ResultsQueue,
			Gap: "until the bank's cut-off",
		}
		if string(i.State) == "missing" {
			h.Title, h.Tone = "a batch without the "+string(i.Kind), "bad"
		}
		list = append(list, step{Hop: h, Note: "less the bank's fee of " + inWords(i.BankFee), Wire: b.Batch + "\n" + broker.ResultsQueue, Money: true, Payload: valueOf(i), URL: "/settlements/" + b.ID, Phase: afterwards, Rank: rankAnswered})
	}
	for _, k := range s.Breaks {
		list = append(list, step{
			Hop: sequence.Hop{
				ID: k.ID, At: k.OpenedAt, Kind: "money", From: laneSandbank, To: laneSandbank, Title: "a break: " + spaced(string(k.Kind)), Tone: "bad", Detail: meanings[k.Kind],
			},
			Note: "now " + spaced(string(k.Status)), Money: true, Payload: valueOf(k), URL: "/breaks/" + k.ID, Phase: afterwards, Rank: rankBooked,
		})
	}
	return list
}

// paidSteps are the payouts that the payment's money went in.
func paidSteps(s processor.Story) (list []step) {
	for _, id := range slices.Sorted(maps.Keys(s.Payouts)) {
		out, part := s.Payouts[id], money.Zero(s.Payment.Amount.Currency())
		for _, i := range s.Items {
			if i.Payout == id {
				part = part.Add(i.Net().Amount)
			}
		}
		list = append(list, step{
			Hop: sequence.Hop{
				ID: "paid-" + id, At: out.CreatedAt, Kind: "money", From: laneSandbank, To: laneServer, Title: "pays out " + inWords(part), Tone: "good",
				Detail: "in a payout of " + inWords(out.Amount), Gap: "until the day's payouts",
			},
			Note: "what is left of it after fees", Wire: out.ID, Money: true, Payload: valueOf(out), URL: "/payouts/" + id, Phase: afterwards, Rank: rankTried,
		})
		if !out.PaidAt.IsZero() {
			list = append(list, step{
				Hop: sequence.Hop{
					ID: "arrived-" + id, At: out.PaidAt, Kind: "money", From: laneServer, To: laneServer, Title: "the money is in the account", Tone: "good", Gap: "the payout is on its way",
				},
				Wire: out.ID, Money: true, URL: "/payouts/" + id, Phase: afterwards, Rank: rankEnded,
			})
		}
	}
	return list
}
