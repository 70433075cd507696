package postgres

import (
	"reflect"
	"testing"
	"time"

	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/sim"
)

// filled is a payment that has something in each field.
func filled(t *testing.T) payment.Payment {
	t.Helper()
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	p := payment.Payment{
		Amount: money.Must("10.00", "EUR"), Metadata: map[string]string{"a": "b"}, BankFixed: true, Version: 3, MaxAttempts: 3,
		CreatedAt: at, UpdatedAt: at, ExpiresAt: at, DueAt: at, AuthorizedUntil: at,
		Attempts: []payment.Attempt{{Number: 1}}, Operations: []payment.Operation{{ID: "cap_1"}}, Disputes: []payment.Dispute{{ID: "dp_1"}},
		Touched: []sim.Touch{{}}, Reason: &reason.Reason{Code: "x"}, Simulation: &payment.Simulation{}, Foreign: &payment.Foreign{Dialect: "d"},
		Origin: payment.Origin{RequestID: "rid_1"},
	}
	for v := range fields(&p) {
		if v.Kind() == reflect.String {
			v.SetString("text")
		}
		if v.IsZero() {
			t.Fatalf("the test gives nothing to a field of type %s", v.Type())
		}
	}
	return p
}

// fields goes over a struct's fields.
func fields(of any) func(yield func(reflect.Value) bool) {
	return func(yield func(reflect.Value) bool) {
		v := reflect.ValueOf(of).Elem()
		for i := range v.NumField() {
			if !yield(v.Field(i)) {
				return
			}
		}
	}
}

// Each field of a payment is kept in one of its halves, under its name, and comes back.
func TestHalves_KeepAllOfAPayment(t *testing.T) {
	tags := map[string]string{}
	for _, half := range []reflect.Type{reflect.TypeFor[terms](), reflect.TypeFor[state]()} {
		for f := range half.Fields() {
			if tags[f.Name] != "" {
				t.Errorf("%s is kept twice", f.Name)
			}
			tags[f.Name] = f.Tag.Get("json")
		}
	}
	for f := range reflect.TypeFor[payment.Payment]().Fields() {
		if tags[f.Name] != f.Tag.Get("json") {
			t.Errorf("%s is kept as %q, want %q", f.Name, tags[f.Name], f.Tag.Get("json"))
		}
	}
	p := filled(t)
	got, err := joined([]byte(document(termsOf(&p))), []byte(document(stateOf(&p))))
	if err != nil || !reflect.DeepEqual(got, p) {
		t.Errorf("a payment comes back as\n%+v, %v, want\n%+v", got, err, p)
	}
}

// Terms are written again where any of them changed, and not where only the state did.
func TestSame_SeesEachChangeOfTheTerms(t *testing.T) {
	p := filled(t)
	p.Foreign = nil
	next := p
	s := stateOf(&next)
	for v := range fields(&s) {
		v.SetZero()
	}
	first := termsOf(&p)
	if next = whole(&first, &s); !same(&p, &next) {
		t.Error("another state counts as other terms")
	}
	for i := range reflect.TypeFor[terms]().NumField() {
		changed := termsOf(&p)
		v := reflect.ValueOf(&changed).Elem().Field(i)
		if v.SetZero(); reflect.TypeFor[terms]().Field(i).Name == "Foreign" {
			v.Set(reflect.ValueOf(&payment.Foreign{}))
		}
		if next := whole(&changed, &s); same(&p, &next) {
			t.Errorf("another %s counts as the same terms", reflect.TypeFor[terms]().Field(i).Name)
		}
	}
}
