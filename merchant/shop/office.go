package shop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/fault"
	"sandbank/merchant/client"
	"sandbank/money"
)

// The back office is the shopkeeper's side: money is taken, released and given
// back there. A real shop would keep it behind a sign-in. Its server does nothing
// that another merchant's could not: it asks by the public interface, with its
// own credentials, and hears later how it ended.
const officePath = "/office/orders/"

// captureManual is how a payment is asked for that the shop captures itself.
const captureManual = "manual"

// hand is one thing that the shopkeeper may ask for.
type hand struct {
	what   string // in the log
	path   string // below the payment's, likewise
	button string
	label  string // of the amount; "" where there is none
	left   func(*order) money.Amount
	list   func(*funds) *[]client.Operation
	ask    func(context.Context, *client.Client, string, client.NewOperation, client.IdempotencyKey) (client.Operation, error)
}

var hands = map[string]hand{
	"capture": {
		what: "capture", path: "capture", button: "Take the money", label: "To take, in EUR", list: func(f *funds) *[]client.Operation { return &f.captures },
		left: func(o *order) money.Amount { return o.reserved() },
		ask: func(ctx context.Context, c *client.Client, id string, n client.NewOperation, key client.IdempotencyKey) (client.Operation, error) {
			return c.Capture(ctx, id, n, key)
		},
	},
	"void": {
		what: "release", path: "void", button: "Release what is left", list: func(f *funds) *[]client.Operation { return &f.voids },
		left: func(o *order) money.Amount { return o.reserved() },
		ask: func(ctx context.Context, c *client.Client, id string, _ client.NewOperation, key client.IdempotencyKey) (client.Operation, error) {
			return c.Void(ctx, id, key)
		},
	},
	"refund": {
		what: "refund", path: "refunds", button: "Refund", label: "To refund, in EUR", list: func(f *funds) *[]client.Operation { return &f.refunds },
		left: func(o *order) money.Amount { return o.funds.refundable() },
		ask: func(ctx context.Context, c *client.Client, id string, n client.NewOperation, key client.IdempotencyKey) (client.Operation, error) {
			return c.Refund(ctx, id, n, key)
		},
	},
}

// reserved is the amount that may still be captured.
func (o *order) reserved() money.Amount {
	if o.state != StateReserved {
		return money.Zero(currency)
	}
	return o.funds.capturable(o.total)
}

func (s *Shop) office(w http.ResponseWriter, _ *http.Request) {
	s.rendered(RenderOffice(w, s.ordersView(officePath, true)))
}

func (s *Shop) officeOrder(w http.ResponseWriter, r *http.Request) {
	s.showOffice(w, r, http.StatusOK, nil)
}

// showOffice shows an order to the shopkeeper. Change, if any, puts the refused
// input back into its form.
func (s *Shop) showOffice(w http.ResponseWriter, r *http.Request, status int, change func(*OfficeOrderView)) {
	o, ok := s.orders.get(mux.Vars(r)["number"])
	if !ok {
		s.notFound(w, r)
		return
	}
	frame := s.frame()
	frame.Office = true
	v := OfficeOrderView{OrderView: o.view(frame, s.ProcessorURL), CSRF: s.csrf(w, r)}
	for _, name := range []string{"capture", "void", "refund"} {
		h := hands[name]
		left := h.left(&o)
		if !left.IsPositive() {
			continue
		}
		one := Hand{Name: name, URL: officePath + o.number + "/" + name, Button: h.button, Key: nextKey(*h.list(&o.funds))}
		if h.label != "" {
			one.Label, one.Hint, one.Value = h.label, inWords(left)+" is left.", left.Value()
		}
		v.Hands = append(v.Hands, one)
	}
	if change != nil {
		change(&v)
	}
	begin(w, status)
	s.rendered(RenderOfficeOrder(w, v))
}

// refuse shows the order again with the input and the reason for the refusal.
func (s *Shop) refuse(w http.ResponseWriter, r *http.Request, status int, name, words string) {
	s.showOffice(w, r, status, func(v *OfficeOrderView) {
		for i := range v.Hands {
			if h := &v.Hands[i]; h.Name == name {
				h.Error = words
				if h.Label != "" {
					h.Value = r.PostForm.Get("amount")
				}
				return
			}
		}
		v.Refused = words // the pressed button is gone from the page
	})
}

// act asks the processor for the shopkeeper's operation. The form brings an
// idempotency key, so that a form that is sent twice does it once.
func (s *Shop) act(name string) http.HandlerFunc {
	h := hands[name]
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			s.notice(w, http.StatusBadRequest, "This form could not be read", "Go back to the order and try again.")
			return
		}
		o, ok := s.orders.get(mux.Vars(r)["number"])
		switch key := r.PostForm.Get("key"); {
		case !ok || o.payment == "":
			s.notFound(w, r)
			return
		case !s.ownForm(r) || !validKey(key):
			s.refuse(w, r, http.StatusForbidden, name, "This form was open too long. Try again; cookies must be allowed for this page.")
			return
		}
		n, err := wanted(h, r.PostForm.Get("amount"))
		if err != nil {
			s.refuse(w, r, http.StatusUnprocessableEntity, name, fault.From(err).Message)
			return
		}
		if err := s.begin(r.Context(), o, name, n, r.PostForm.Get("key")); err != nil {
			status, words := unable(err)
			s.refuse(w, r, status, name, words)
			return
		}
		http.Redirect(w, r, officePath+o.number, http.StatusSeeOther)
	}
}

// wanted is what to ask for.
func wanted(h hand, typed string) (n client.NewOperation, err error) {
	if h.label == "" {
		return n, nil
	}
	a, err := money.ParseTyped(strings.TrimSpace(typed), currency)
	return client.NewOperation{Amount: &a}, err
}

// begin asks for it, and notes the answer: that it was begun, no more.
func (s *Shop) begin(ctx context.Context, o order, name string, n client.NewOperation, key string) error {
	h := hands[name]
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), buyTimeout)
	defer cancel()
	made, err := h.ask(ctx, s.Client, o.payment, n, client.IdempotencyKey(o.number+"-"+name+"-"+key))
	now := s.Clock.Now()
	s.orders.change(o.number, func(o *order) {
		if err != nil {
			o.note(LogLine{At: now, Kind: "asked", Text: "Asked for a " + h.what + ", in vain", Detail: shorten(err.Error()), Bad: true})
			return
		}
		o.begun(h, made, now)
	})
	if err == nil {
		s.rouse()
	}
	return err
}

// unable is a failure in the shopkeeper's words, with the status to go with it.
func unable(err error) (int, string) {
	p, ok := errors.AsType[*client.Problem](err)
	if ok && (p.Status == http.StatusConflict || p.Status == http.StatusUnprocessableEntity || p.Status == http.StatusBadRequest) {
		return max(p.Status, http.StatusConflict), p.Detail
	}
	status, words := excuse(err)
	return status, fmt.Sprintf("%s Nothing is lost: try again.", words)
}

// nextKey tells an operation from those before it. It is made of the order's state
// and not of chance: where the answer was lost, the form that is sent again repeats
// the same operation, and does not begin another one.
func nextKey(done []client.Operation) string { return strconv.Itoa(len(done) + 1) }

func validKey(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && strconv.FormatUint(n, 10) == s
}
