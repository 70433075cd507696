package class

import (
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"sandbank/audit"
	"sandbank/fault"
	"sandbank/identity/class"
	"sandbank/money"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/look"
)

// product is something that a student's shop sells.
type product struct {
	Key, Name string
	price     string // of euros
}

// products are what each shop sells.
func products() []product {
	return []product{{"mug", "A mug", "19.99"}, {"bowl", "A bowl", "45.00"}, {"spoon", "A wooden spoon", "8.00"}}
}

// Bounds of one student.
const (
	mostPayments = 60 // in all
	shownOfThem  = 10
	shownEvents  = 8
)

// shopView is the student's shop as it is now.
func (s *Students) shopView(r *http.Request, who class.Student) (v ShopView, err error) {
	in := processor.Only(who.Merchant.ID)
	found, err := s.Processor.Payments(r.Context(), in, processor.PaymentQuery{}, processor.Window{Limit: shownOfThem})
	if err != nil {
		return v, err
	}
	events, err := s.Processor.LatestEvents(r.Context(), in, "", processor.Window{Limit: shownEvents})
	if err != nil {
		return v, err
	}
	v = ShopView{Name: who.Merchant.Name, Number: who.Number, Revision: revision(found.Items)}
	for _, p := range products() {
		v.Products = append(v.Products, ProductView{Key: p.Key, Name: p.Name, Price: look.Money(p.price, "EUR")})
	}
	for _, p := range found.Items {
		row := PaymentRow{Reference: p.Reference, Amount: look.Money(p.Amount.Value(), string(p.Amount.Currency())), Status: string(p.Status), At: p.CreatedAt}
		if !p.Status.Final() {
			row.URL = pathOf(s.Address.Checkout(p.ID))
		}
		v.Payments = append(v.Payments, row)
	}
	for _, e := range events.Items {
		v.Events = append(v.Events, EventRow{Type: e.Type, At: e.At, Reference: referenceOf(found.Items, e.Payment)})
	}
	return v, nil
}

func referenceOf(list []payment.Payment, id string) string {
	for _, p := range list {
		if p.ID == id {
			return p.Reference
		}
	}
	return ""
}

// revision stands for a list of payments as they are.
func revision(list []payment.Payment) string {
	h := fnv.New64a()
	for _, p := range list {
		_, _ = h.Write([]byte(p.ID + strconv.FormatInt(p.Version, 10)))
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// pathOf is an address on this server, as the student's phone sees it.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "/join"
	}
	return u.EscapedPath()
}

// buy asks for a payment, as the shop's server does, and leads its customer to the checkout.
func (s *Students) buy(w http.ResponseWriter, r *http.Request) error {
	who, ok := s.student(r)
	if !ok {
		http.Redirect(w, r, "/join", http.StatusSeeOther)
		return nil
	}
	audit.Of(r.Context()).By(audit.Actor{Kind: audit.Customer}, "", who.Merchant.ID)
	wanted := r.PostFormValue("product")
	found, err := s.Processor.Payments(r.Context(), processor.Only(who.Merchant.ID), processor.PaymentQuery{}, processor.Window{Limit: mostPayments})
	if err != nil {
		return err
	}
	if len(found.Items) >= mostPayments {
		return fault.New(fault.Conflict, "class_full", "Your shop has %d payments, and makes no more.", mostPayments).Hinting("Look at those that it has.")
	}
	for _, p := range products() {
		if p.Key != wanted {
			continue
		}
		amount, err := money.ParseTyped(p.price, "EUR")
		if err != nil {
			return err
		}
		made, _, err := s.Processor.Create(r.Context(), processor.NewPayment{
			Merchant: who.Merchant.ID, Amount: amount, Reference: p.Key + "-" + strconv.Itoa(who.Number) + "-" + strconv.Itoa(len(found.Items)+1), Description: p.Name,
			ReturnURL: strings.TrimRight(s.Base, "/") + "/join", Capture: payment.CaptureAutomatic, Life: payment.DefaultLife, Attempts: payment.DefaultAttempts,
		})
		if err != nil {
			return err
		}
		http.Redirect(w, r, pathOf(s.Address.Checkout(made.ID)), http.StatusSeeOther)
		return nil
	}
	return fault.New(fault.Invalid, "request_invalid", "The shop has no such thing.").At("product", "must be one of those on the page")
}
