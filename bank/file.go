package bank

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/shopspring/decimal"

	"sandbank/bank/book"
	"sandbank/broker/wire"
	"sandbank/money"
	"sandbank/payment/instrument"
	"sandbank/scenario/form"
)

// maxFile bounds a file of banks, in bytes.
const maxFile = 1 << 20

// Load reads a file of banks. A bank that it names among the seven is changed;
// any other is new. All errors are reported together, each with file, line and
// key.
func Load(name string) ([]Temper, error) {
	body, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return Read(name, body)
}

// Read reads the content of such a file.
func Read(name string, body []byte) ([]Temper, error) {
	r := reader{file: name}
	if len(body) > maxFile {
		return nil, fmt.Errorf("%s: has %d bytes; %d are allowed", name, len(body), maxFile)
	}
	if f, flawed := form.Check(body); flawed {
		return nil, fmt.Errorf("%s:%d: %s", name, f.Line, f.What)
	}
	tree, err := parser.ParseBytes(body, 0)
	if err != nil {
		return nil, r.syntax(err)
	}
	var list []Temper
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return nil, fmt.Errorf("%s:1: must be one document with the key banks", name)
	}
	r.mapping(tree.Docs[0].Body, "", map[string]func(ast.Node, string){
		"banks": func(n ast.Node, at string) {
			r.sequence(n, at, func(n ast.Node, at string) { list = append(list, r.bank(n, at)) })
		},
	})
	for i, t := range list {
		if slices.ContainsFunc(list[:i], func(u Temper) bool { return u.Identifier == t.Identifier }) {
			r.complain(tree.Docs[0].Body, fmt.Sprintf("banks[%d].identifier", i), "%s is there twice", t.Identifier)
		}
	}
	return list, r.err()
}

// bank reads one bank. A missing key leaves the value of one of the seven banks,
// and the zero value of a new one.
func (r *reader) bank(n ast.Node, at string) Temper {
	var t Temper
	if bic := scalarAt(n, "identifier"); bic != "" {
		if i := slices.IndexFunc(seven, func(t Temper) bool { return t.Identifier == bic }); i >= 0 {
			t = seven[i]
		}
	}
	fields := r.shares(&t)
	fields["identifier"] = func(n ast.Node, at string) {
		if r.text(n, at, &t.Identifier); t.Identifier != "" && !instrument.ValidBIC(t.Identifier) {
			r.complain(n, at, "%q has not the form of a BIC", t.Identifier)
		}
	}
	fields["name"] = func(n ast.Node, at string) { r.textUpTo(n, at, &t.Name, 100) }
	fields["behavior"] = func(n ast.Node, at string) { r.textUpTo(n, at, &t.Behavior, 500) }
	fields["currencies"] = func(n ast.Node, at string) { t.Currencies = nil; r.sequence(n, at, r.currency(&t)) }
	fields["weight"] = func(n ast.Node, at string) { r.whole(n, at, &t.Weight, 0, 1_000_000) }
	fields["delay"] = func(n ast.Node, at string) { r.delay(n, at, &t) }
	fields["amount_rules"] = func(n ast.Node, at string) { r.yes(n, at, &t.AmountRules) }
	fields["outages"] = func(n ast.Node, at string) { t.Outages = nil; r.sequence(n, at, r.outage(&t)) }
	fields["cut_off"] = func(n ast.Node, at string) { t.CutOff = new(time.Duration); r.timeOfDay(n, at, t.CutOff) }
	fields["disputes"] = func(n ast.Node, at string) { r.disputes(n, at, &t) }
	fields["plants"] = func(n ast.Node, at string) { t.Plants = nil; r.sequence(n, at, r.plant(&t)) }
	fields["accounts"] = func(n ast.Node, at string) { t.Accounts = []book.Account{}; r.sequence(n, at, r.account(&t)) }
	r.mapping(n, at, fields)
	for key, missing := range map[string]bool{
		"identifier": t.Identifier == "", "name": t.Name == "", "behavior": t.Behavior == "", "currencies": len(t.Currencies) == 0,
	} {
		if missing {
			r.complain(n, at+"."+key, "is required of a bank that is none of the seven")
		}
	}
	return t
}

func (r *reader) shares(t *Temper) map[string]func(ast.Node, string) {
	fields := map[string]func(ast.Node, string){}
	for key, to := range map[string]*float64{
		"declines": &t.Declines, "challenges": &t.Challenges, "silent": &t.Silent, "twice": &t.Twice, "reorders": &t.Reorders,
		"wrong_amount": &t.WrongAmount, "refunds_rejected": &t.RefundsRejected,
	} {
		fields[key] = func(n ast.Node, at string) { r.share(n, at, to) }
	}
	return fields
}

func (r *reader) currency(t *Temper) func(ast.Node, string) {
	return func(n ast.Node, at string) {
		var code string
		if r.text(n, at, &code); code != "" && !money.Currency(code).Known() {
			r.complain(n, at, "%q is no active ISO 4217 code", code)
		}
		t.Currencies = append(t.Currencies, money.Currency(code))
	}
}

func (r *reader) delay(n ast.Node, at string, t *Temper) {
	r.mapping(n, at, map[string]func(ast.Node, string){
		"min": func(n ast.Node, at string) { r.duration(n, at, &t.MinDelay) },
		"max": func(n ast.Node, at string) { r.duration(n, at, &t.MaxDelay) },
		"tail": func(n ast.Node, at string) {
			r.mapping(n, at, map[string]func(ast.Node, string){
				"share": func(n ast.Node, at string) { r.share(n, at, &t.Tail.Share) },
				"delay": func(n ast.Node, at string) { r.duration(n, at, &t.Tail.Delay) },
			})
		},
	})
	if t.MinDelay > t.MaxDelay {
		r.complain(n, at, "min is more than max")
	}
}

func (r *reader) outage(t *Temper) func(ast.Node, string) {
	return func(n ast.Node, at string) {
		o := Outage{Daily: scalarAt(n, "after") == "" && scalarAt(n, "for") == ""}
		var lasts time.Duration
		fields := map[string]func(ast.Node, string){
			"from":  func(n ast.Node, at string) { r.timeOfDay(n, at, &o.From) },
			"until": func(n ast.Node, at string) { r.timeOfDay(n, at, &o.Until) },
		}
		if !o.Daily {
			fields = map[string]func(ast.Node, string){
				"after": func(n ast.Node, at string) { r.duration(n, at, &o.From) },
				"for":   func(n ast.Node, at string) { r.duration(n, at, &lasts) },
			}
		}
		r.mapping(n, at, fields)
		if !o.Daily {
			o.Until = o.From + lasts
		}
		if o.From == o.Until {
			r.complain(n, at, "must last: give from and until as times of day, or after and for as durations")
		}
		t.Outages = append(t.Outages, o)
	}
}

func (r *reader) disputes(n ast.Node, at string, t *Temper) {
	r.mapping(n, at, map[string]func(ast.Node, string){
		"share":          func(n ast.Node, at string) { r.share(n, at, &t.Disputes.Share) },
		"after":          func(n ast.Node, at string) { r.duration(n, at, &t.Disputes.After) },
		"decides_after":  func(n ast.Node, at string) { r.duration(n, at, &t.Disputes.DecidesAfter) },
		"respond_within": func(n ast.Node, at string) { r.duration(n, at, &t.Disputes.RespondWithin) },
	})
}

func (r *reader) plant(t *Temper) func(ast.Node, string) {
	return func(n ast.Node, at string) {
		var kind string
		if r.text(n, at, &kind); kind != "" && !slices.Contains(wire.BreakKinds(), wire.BreakKind(kind)) {
			r.complain(n, at, "%q is none of %v", kind, wire.BreakKinds())
		}
		t.Plants = append(t.Plants, wire.BreakKind(kind))
	}
}

func (r *reader) account(t *Temper) func(ast.Node, string) {
	return func(n ast.Node, at string) {
		a := book.Account{Status: book.Open}
		r.mapping(n, at, map[string]func(ast.Node, string){
			"id":      func(n ast.Node, at string) { r.textUpTo(n, at, &a.ID, 50) },
			"holder":  func(n ast.Node, at string) { r.textUpTo(n, at, &a.Holder, 100) },
			"brand":   func(n ast.Node, at string) { r.textUpTo(n, at, &a.Brand, 20) },
			"last4":   func(n ast.Node, at string) { r.textUpTo(n, at, &a.Last4, 4) },
			"balance": func(n ast.Node, at string) { r.sum(n, at, &a.Balance) },
			"most":    func(n ast.Node, at string) { r.sum(n, at, &a.Most) },
			"daily":   func(n ast.Node, at string) { r.sum(n, at, &a.Daily) },
			"status": func(n ast.Node, at string) {
				var s string
				if r.text(n, at, &s); s != "" && !slices.Contains([]book.Status{book.Open, book.Blocked, book.Shut}, book.Status(s)) {
					r.complain(n, at, "%q is none of open, blocked and closed", s)
				}
				a.Status = book.Status(s)
			},
		})
		if a.ID == "" || a.Holder == "" || a.Brand == "" || len(a.Last4) != 4 {
			r.complain(n, at, "id, holder, brand and the four characters of last4 are required")
		}
		t.Accounts = append(t.Accounts, a)
	}
}

// sum reads an amount without its currency.
func (r *reader) sum(n ast.Node, at string, to *decimal.Decimal) {
	d, err := decimal.NewFromString(plainText(n))
	if err != nil || d.IsNegative() || d.Exponent() > 0 || d.Exponent() < -4 || len(plainText(n)) > 17 || strings.ContainsAny(plainText(n), "eE") {
		r.complain(n, at, "must be an amount, such as 500.00")
		return
	}
	*to = d
}

// share reads a number from 0 to 1.
func (r *reader) share(n ast.Node, at string, to *float64) {
	var value float64
	switch n := n.(type) {
	case *ast.FloatNode:
		value = n.Value
	case *ast.IntegerNode:
		d, err := decimal.NewFromString(n.Token.Value)
		if value = d.InexactFloat64(); err != nil {
			value = math.NaN()
		}
	default:
		value = math.NaN()
	}
	if !(value >= 0 && value <= 1) {
		r.complain(n, at, "must be a share, a number from 0 to 1")
		return
	}
	*to = value
}
