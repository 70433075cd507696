package dashboard

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/processor/routing"
)

// dial is one thing of a bank's temper that a person can set.
type dial struct {
	name, label string
	delay       func(*wire.Temper) **int64   // in milliseconds; nil for a share
	share       func(*wire.Temper) **float64 // of 1; nil for a delay
}

// dials are all of them, in the order of the form.
var dials = []dial{
	{"min_delay", "Answers after at least", func(t *wire.Temper) **int64 { return &t.MinDelayMS }, nil},
	{"max_delay", "and at most", func(t *wire.Temper) **int64 { return &t.MaxDelayMS }, nil},
	{"declines", "Declines, %", nil, func(t *wire.Temper) **float64 { return &t.Declines }},
	{"challenges", "Asks the customer, %", nil, func(t *wire.Temper) **float64 { return &t.Challenges }},
	{"silent", "Never answers, %", nil, func(t *wire.Temper) **float64 { return &t.Silent }},
	{"twice", "Answers twice, %", nil, func(t *wire.Temper) **float64 { return &t.Twice }},
	{"reorders", "Answers out of order, %", nil, func(t *wire.Temper) **float64 { return &t.Reorders }},
	{"wrong_amount", "Answers with a wrong amount, %", nil, func(t *wire.Temper) **float64 { return &t.WrongAmount }},
}

// show is the dial's value in a temper, "" where it is not known.
func (d dial) show(t *wire.Temper) string {
	switch {
	case t == nil:
	case d.delay != nil:
		if ms := *d.delay(t); ms != nil {
			return (time.Duration(*ms) * time.Millisecond).String()
		}
	default:
		if share := *d.share(t); share != nil {
			return strconv.FormatFloat(100**share, 'f', -1, 64)
		}
	}
	return ""
}

// set reads what was typed into a temper; what is wrong is the result, "" for nothing. What is left empty stays as it is.
func (d dial) set(t *wire.Temper, typed string) (wrong string) {
	if typed == "" {
		return ""
	}
	if d.delay != nil {
		span, err := time.ParseDuration(typed)
		if err != nil || span < 0 || span > 24*time.Hour {
			return `Type a duration of a day at most, such as "3s" or "0s".`
		}
		ms := span.Milliseconds()
		*d.delay(t) = &ms
		return ""
	}
	percent, err := strconv.ParseFloat(typed, 64)
	if err != nil || !(percent >= 0 && percent <= 100) {
		return "Type a number from 0 to 100."
	}
	percent /= 100
	*d.share(t) = &percent
	return ""
}

// dialForm sets how a bank behaves.
func dialForm(b routing.Bank) *Form {
	f := &Form{ID: "dials-" + b.Identifier, URL: "/banks/" + b.Identifier + "/temper", Button: "Set the dials"}
	for _, one := range dials {
		f.Fields = append(f.Fields, Field{ID: one.name + "-" + b.Identifier, Name: one.name, Label: one.label, Value: one.show(b.Temper), Most: 16})
	}
	return f
}

// outageForm takes a bank offline for a while.
func outageForm(b routing.Bank) *Form {
	return &Form{ID: "outage-" + b.Identifier, URL: "/banks/" + b.Identifier + "/offline", Button: "Take it offline", Fields: []Field{
		{ID: "for-" + b.Identifier, Name: "for", Label: "For", Hint: `Simulated time, such as "5m".`, Value: "5m", Most: 16},
	}}
}

// temper sets a bank's dials.
func (d *Dashboard) temper(w http.ResponseWriter, r *http.Request) error {
	bic := mux.Vars(r)["bic"]
	if _, err := d.Processor.Bank(bic); err != nil {
		return err
	}
	var t wire.Temper
	wrong := map[string]string{}
	for _, one := range dials {
		if complaint := one.set(&t, strings.TrimSpace(r.PostFormValue(one.name))); complaint != "" {
			wrong[one.name] = complaint
		}
	}
	if t.MinDelayMS != nil && t.MaxDelayMS != nil && *t.MinDelayMS > *t.MaxDelayMS {
		wrong["max_delay"] = "This is less than the least."
	}
	if len(wrong) == 0 {
		return d.steer(w, r, wire.Controls{Command: wire.CommandTemper, Temper: &t})
	}
	return d.refuseBank(w, r, bic, wrong, func(b *Bank) *Form { return b.Dials })
}

// offline takes a bank offline: for the time of the form, or until it is told to come back.
func (d *Dashboard) offline(w http.ResponseWriter, r *http.Request) error {
	c, typed := wire.Controls{Command: wire.CommandOffline}, strings.TrimSpace(r.PostFormValue("for"))
	if typed == "" {
		return d.steer(w, r, c)
	}
	span, err := time.ParseDuration(typed)
	if err != nil || span <= 0 || span > 31*24*time.Hour {
		return d.refuseBank(w, r, mux.Vars(r)["bic"], map[string]string{"for": `Type a duration, such as "5m", of a month at most.`}, func(b *Bank) *Form { return b.Outage })
	}
	until := d.Clock.Now().Add(span)
	c.Until = &until
	return d.steer(w, r, c)
}

// refuseBank shows the page of the banks again, with what was typed and the complaints in one bank's form.
func (d *Dashboard) refuseBank(w http.ResponseWriter, r *http.Request, bic string, wrong map[string]string, form func(*Bank) *Form) error {
	v := d.banksView(r)
	for i := range v.Banks {
		f := form(&v.Banks[i])
		if v.Banks[i].Identifier != bic || f == nil {
			continue
		}
		for j := range f.Fields {
			one := &f.Fields[j]
			one.Value, one.Error = again(r.PostFormValue(one.Name)), wrong[one.Name]
		}
	}
	begin(w, http.StatusUnprocessableEntity)
	refused := fault.New(fault.Invalid, "request_invalid", "The bank was not told.")
	return errors.Join(worded{refused}, RenderBanks(w, v))
}
