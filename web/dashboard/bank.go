package dashboard

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/broker/wire"
	"sandbank/identity"
	"sandbank/money"
	"sandbank/processor/routing"
	"sandbank/web/gate"
	"sandbank/web/look"
)

// told words the command that a bank was just given, by the query that its
// button redirects to.
var told = map[wire.Command]string{
	wire.CommandSettle:  "It was told to settle now. Its batches stand under Settlements once they are matched.",
	wire.CommandOffline: "It was told to go offline. It takes nothing more until it is back; what is on its way waits.",
	wire.CommandOnline:  "It was told to come back.",
	wire.CommandTemper:  "It was told to behave so, and does from the next request on.",
	wire.CommandReset:   "It was told to behave as it did when it began.",
	wire.CommandPlant:   "It was told to put the break into its next batch that has a line for it.",
}

func (d *Dashboard) banks(w http.ResponseWriter, r *http.Request) error {
	v := d.banksView(r)
	q := gate.Query(r)
	for i := range v.Banks {
		if b := &v.Banks[i]; b.Identifier == q.Get("bank") {
			b.Notice = told[wire.Command(q.Get("told"))]
		}
	}
	return RenderBanks(w, v)
}

func (d *Dashboard) banksView(r *http.Request) BanksView {
	all := d.Processor.Banks()
	v := BanksView{Frame: d.frame(r, "banks"), LiveURL: "/banks/live", Revision: bankRevision(all)}
	if d.may(r, identity.ReadSimulator) {
		v.FaultsURL = "/faults"
	}
	may := d.may(r, identity.SteerSimulator)
	for _, b := range all {
		bank := bankView(b)
		if may {
			at := "/banks/" + b.Identifier
			bank.Actions = []Action{{Label: "Settle now", URL: at + "/settle"}, {Label: "Take offline", URL: at + "/offline"}, {Label: "As it began", URL: at + "/reset"}}
			if !b.Online {
				bank.Actions[1] = Action{Label: "Bring online", URL: at + "/online"}
			}
			bank.Plant, bank.Dials = plantForm(b), dialForm(b)
			if b.Online {
				bank.Outage = outageForm(b)
			}
		}
		v.Banks = append(v.Banks, bank)
	}
	return v
}

func bankView(b routing.Bank) Bank {
	v := Bank{Name: b.Name, Identifier: b.Identifier, Temperament: b.Behavior, Health: "online", HeardAt: b.HeardAt, Routed: "when it is named"}
	if b.Weight > 0 {
		v.Routed = "when it is named, or none is"
	}
	if !b.Online {
		v.Health, v.HealthNote = "offline", "It has missed its signs of life, or said goodbye. Payments that name it are refused."
	}
	for _, c := range b.Currencies {
		v.Currencies = append(v.Currencies, string(c))
	}
	return v
}

// plantForm asks for a break in the bank's next batch.
func plantForm(b routing.Bank) *Form {
	return &Form{ID: "plant-" + b.Identifier, URL: "/banks/" + b.Identifier + "/plant", Button: "Plant", Fields: []Field{
		{ID: "kind-" + b.Identifier, Name: "kind", Label: "Kind", Options: options(wire.BreakKinds(), func(s string) string {
			return look.Sentence(strings.ReplaceAll(s, "_", " "))
		})},
		{ID: "currency-" + b.Identifier, Name: "currency", Label: "Currency", Options: options(b.Currencies, func(s string) string { return s })},
	}}
}

// bankRevision changes whenever a bank comes, or its state does.
func bankRevision(all []routing.Bank) string {
	h := fnv.New64a()
	for _, b := range all {
		_, _ = fmt.Fprintln(h, b.Identifier, b.Name, b.Behavior, b.Online, b.Currencies, temperOf(b))
	}
	return fmt.Sprintf("%x", h.Sum64())
}

// banksLive tells the page of the banks that one of them came or went.
func (d *Dashboard) banksLive(w http.ResponseWriter, r *http.Request) error {
	said := ""
	return d.follow(w, r, "banks", func(_ context.Context, out *bytes.Buffer) error {
		if now := bankRevision(d.Processor.Banks()); now != said {
			said = now
			_, _ = fmt.Fprintf(out, "event: status\ndata: %s\n\n", now)
		}
		return nil
	})
}

// tell gives the bank in the path a command that needs nothing but its name.
func (d *Dashboard) tell(c wire.Command) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error { return d.steer(w, r, wire.Controls{Command: c}) }
}

func (d *Dashboard) steer(w http.ResponseWriter, r *http.Request, c wire.Controls) error {
	bic := mux.Vars(r)["bic"]
	if err := d.Processor.Steer(r.Context(), bic, c, nil); err != nil {
		return err
	}
	http.Redirect(w, r, pageAt("/banks", "told", string(c.Command), "bank", bic)+"#bank-"+bic, http.StatusSeeOther)
	return nil
}

// plant asks the bank for a break in its next batch.
func (d *Dashboard) plant(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	bic := mux.Vars(r)["bic"]
	b, err := d.Processor.Bank(bic)
	if err != nil {
		return err
	}
	one := wire.Plant{Kind: wire.BreakKind(r.PostFormValue("kind")), Currency: money.Currency(r.PostFormValue("currency"))}
	wrong := map[string]string{}
	if !slices.Contains(wire.BreakKinds(), one.Kind) {
		wrong["kind"] = "Choose a kind of break."
	}
	if !slices.Contains(b.Currencies, one.Currency) {
		wrong["currency"] = b.Name + " does not settle in that. Choose one of its currencies."
	}
	if len(wrong) == 0 {
		return d.steer(w, r, wire.Controls{Command: wire.CommandPlant, Breaks: []wire.Plant{one}})
	}
	return d.refuseBank(w, r, bic, wrong, func(b *Bank) *Form { return b.Plant })
}

// temperOf is how a bank behaves now, in words.
func temperOf(b routing.Bank) (words string) {
	for _, one := range dials {
		words += one.show(b.Temper) + " "
	}
	return words
}
