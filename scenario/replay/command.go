package replay

import (
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"sandbank/broker/wire"
	"sandbank/payment"
	"sandbank/sim"
)

// About is the part of a run that one payment met: what its banks were told until it was over.
func (r Run) About(s Story) Run {
	banks := []string{s.Payment.FirstBank}
	for _, a := range s.Payment.Attempts {
		banks = append(banks, a.Bank)
	}
	var kept []Message
	for _, m := range r.Commands {
		c, ok := m.command()
		lasting := ok && (c.Command == wire.CommandTemper || c.Command == wire.CommandReset || c.Command == wire.CommandOffline || c.Command == wire.CommandOnline)
		_, _, decides := m.decides(s.Payment)
		if decides || lasting && slices.Contains(banks, m.Bank) && !m.At.After(s.Last) {
			kept = append(kept, m)
		}
	}
	if more := len(kept) - maxCommands; more > 0 {
		kept = kept[more:]
		r.Notes = append(slices.Clip(r.Notes), "Of what its banks were told, the latest is here.")
	}
	r.Commands, r.PaidOut = kept, nil
	return r
}

// commands tells what banks were told. What was said before the first payment holds from its beginning on.
func (w *writer) commands() {
	start := w.run.Payments[0].Payment.CreatedAt
	for _, m := range w.run.Commands {
		c, ok := m.command()
		if !ok || w.ofFault(m, c) {
			continue
		}
		index, at := -1, m.At
		if at.Before(start) {
			at = start
		}
		told := yaml.MapSlice{{Key: "identifier", Value: m.Bank}}
		switch c.Command {
		case wire.CommandTemper:
			told = with(told, "temper", tree(c.Temper))
		case wire.CommandOffline, wire.CommandOnline:
			told = with(told, "do", string(c.Command))
		case wire.CommandPlant:
			w.plant(m.Bank, c.Breaks, at)
			continue
		case wire.CommandSettle:
			w.add(at, len(w.run.Payments), during, member("settle", m.Bank))
			continue
		case wire.CommandReset, wire.CommandCorrect, wire.CommandFailNext:
			w.note("%s was told %q at %s, for which scenarios have no word.", m.Bank, c.Command, m.At.Format(time.RFC3339))
			continue
		case wire.CommandDispute, wire.CommandDecide, wire.CommandAnswer, wire.CommandClock: // about a payment, or no command of anybody's
			continue
		}
		w.add(at, index, before, member("bank", told))
	}
}

// ofFault reports whether a bank was told something by a fault, which tells it again.
func (w *writer) ofFault(m Message, c wire.Controls) bool {
	for _, s := range w.run.Payments {
		for _, f := range s.Payment.Touched {
			if f.Wish == nil || f.Kind != sim.BankOffline || f.Wish.Bank != m.Bank {
				continue
			}
			span, _ := sim.When(f.Wish.For).Duration()
			end, asked := s.Ended[f.Fault]
			if !asked {
				end = f.At.Add(span)
			}
			if c.Command == wire.CommandOffline && m.At.Equal(f.At) || c.Command == wire.CommandOnline && m.At.Equal(end) {
				return true
			}
		}
	}
	return false
}

// plant has a bank plant breaks. Scenarios plant them in euro, at whatever line comes.
func (w *writer) plant(bank string, breaks []wire.Plant, at time.Time) {
	var kinds []string
	for _, b := range breaks {
		kinds = append(kinds, string(b.Kind))
		if b.Currency != "" && b.Currency != "EUR" || b.Reference != "" {
			w.note("%s planted a break at one line, or in another currency than euro; here it is any line in euro.", bank)
		}
	}
	w.add(at, len(w.run.Payments), during, member("bank", yaml.MapSlice{{Key: "identifier", Value: bank}, {Key: "plant", Value: kinds}}))
}

// decides is the payment's dispute that a command to a bank decides. Such a command names the bank's dispute and no payment.
func (m Message) decides(p payment.Payment) (payment.Dispute, wire.Controls, bool) {
	if len(p.Disputes) == 0 { // as of most: then no command is read
		return payment.Dispute{}, wire.Controls{}, false
	}
	if c, ok := m.command(); ok && c.Command == wire.CommandDecide {
		for _, d := range p.Disputes {
			if d.BankDispute == c.Dispute {
				return d, c, true
			}
		}
	}
	return payment.Dispute{}, wire.Controls{}, false
}

// command is the content of a command to a bank, false for any other message.
func (m Message) command() (wire.Controls, bool) {
	if m.Kind != string(wire.Control) {
		return wire.Controls{}, false
	}
	r, err := wire.ReadRequest(m.Body)
	if err != nil || r.Controls == nil {
		return wire.Controls{}, false
	}
	return *r.Controls, true
}
