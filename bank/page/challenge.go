package page

import (
	"cmp"
	"hash/fnv"
	"net/http"
	"strings"
	"time"

	"sandbank/bank"
	"sandbank/bank/book"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/web/gate"
	"sandbank/web/look"
)

// View is the content of the page.
type View struct {
	Bank, Identifier string
	Tint             uint32 // color of the ornaments; each bank has its own
	Merchant, Amount string
	Card             string // "Visa •••• 4242"
	Payment          string
	Action           string
	Code             string // the code that the customer has to enter
	CodeError        string
	BackURL          string // leads to the checkout
	Outcomes, Delays []Option
	Title, Text      string // of a page without a question
	AgainURL         string // leads from there to the question; "" where there is none
}

// Option is one choice.
type Option struct{ Value, Text string }

// ending is an outcome that a tester can choose.
type ending struct {
	Option
	choice bank.Choice
}

func approval(value, text string, plan book.Plan) ending {
	return ending{Option{value, text}, bank.Choice{Outcome: payment.OutcomeApproved, Plan: plan}}
}

func refusal(code string, outcome payment.Outcome) ending {
	return ending{Option{code, "Declined: " + reason.Because(code, "").Message}, bank.Choice{Outcome: outcome, Reason: code}}
}

// endings are the choices for a tester.
var endings = []ending{
	approval("approved", "Approved", book.PlanNoDispute),
	approval("dispute_lost", "Approved, disputed later, and lost without winning evidence", book.PlanLoses),
	approval("dispute_won", "Approved, disputed later, and won", book.PlanWins),
	refusal(reason.ChallengeFailed, payment.OutcomeDeclined),
	refusal(reason.DoNotHonor, payment.OutcomeDeclined),
	refusal(reason.InsufficientFunds, payment.OutcomeDeclined),
	refusal(reason.LostCard, payment.OutcomeDeclined),
	refusal(reason.DuplicatePayment, payment.OutcomeDeclined),
	refusal(reason.HolderDeceased, payment.OutcomeDeclined),
	refusal(reason.BankUnknown, payment.OutcomeDeclined),
	refusal(reason.CustomerCanceled, payment.OutcomeDeclined),
	{
		Option{reason.ProcessingError, "Error: " + reason.Because(reason.ProcessingError, "").Message},
		bank.Choice{Outcome: payment.OutcomeError, Reason: reason.ProcessingError},
	},
	{
		Option{reason.SettlementFailed, "Error: " + reason.Because(reason.SettlementFailed, "").Message},
		bank.Choice{Outcome: payment.OutcomeError, Reason: reason.SettlementFailed},
	},
}

// never is the delay of a bank that does not answer.
const never = "never"

var delays = []struct {
	Option
	wait time.Duration
}{
	{Option{"now", "Now"}, 0}, {Option{"5s", "After 5 seconds"}, 5 * time.Second}, {Option{"30s", "After 30 seconds"}, 30 * time.Second},
	{Option{"5m", "After 5 minutes: too late, by default"}, 5 * time.Minute}, {Option{"24h", "The next day"}, 24 * time.Hour},
	{Option{never, "Never"}, 0},
}

// question returns the sealed question in the address; the address may contain
// nothing else.
func (s *Site) question(r *http.Request) (bank.Question, bool) {
	if gate.CheckQuery(r, []string{"q"}) != nil {
		return bank.Question{}, false
	}
	return s.challenges.Read(gate.Query(r).Get("q"))
}

// asked is the question of a request, which is answered where there is none.
func (s *Site) asked(w http.ResponseWriter, r *http.Request) (bank.Question, bool) {
	q, ok := s.question(r)
	switch {
	case ok:
	case gate.CheckQuery(r, []string{"q"}) != nil:
		refuse(w, http.StatusBadRequest, View{Title: "This address is not right", Text: "It has something in it that does not belong there, or cannot be read. Nothing was decided. Go back to the shop and start again from there."})
	default:
		refuse(w, http.StatusNotFound, View{Title: "There is nothing to confirm here", Text: "The address is incomplete, or it belongs to another bank. Go back to the shop and start again from there."})
	}
	return q, ok
}

func (s *Site) ask(w http.ResponseWriter, r *http.Request) {
	q, ok := s.asked(w, r)
	if !ok {
		return
	}
	_ = pages().Render(w, "confirm", s.view(q, r.URL.RequestURI()))
}

func (s *Site) view(q bank.Question, action string) View {
	v := View{
		Bank: q.Bank.Name, Identifier: q.Bank.Identifier, Tint: tint(q.Bank.Identifier), Payment: q.Request.Payment,
		Merchant: cmp.Or(q.Request.MerchantName, q.Request.Merchant),
		Amount:   look.Money(q.Request.Amount.Value(), string(q.Request.Amount.Currency())), Action: action, BackURL: q.Request.ReturnURL,
		Code: q.Code(),
	}
	if i := q.Request.Instrument; i != nil {
		v.Card = i.Label()
	}
	for _, e := range endings {
		v.Outcomes = append(v.Outcomes, e.Option)
	}
	for _, d := range delays {
		v.Delays = append(v.Delays, d.Option)
	}
	return v
}

// tint returns the color of a bank's ornaments, computed from its identifier.
func tint(bic string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(bic))
	return h.Sum32() % 6
}

// maxForm bounds a form, in bytes.
const maxForm = 4 << 10

// answer takes the customer's choice. The sealed question in the address is the
// permission: its holder counts as the customer.
func (s *Site) answer(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	q, ok := s.asked(w, r)
	if !ok {
		return
	}
	if r.ParseForm() != nil {
		s.unreadable(w, r, q)
		return
	}
	switch r.PostForm.Get("answer") {
	case "approve":
		s.challenges.Answer(q, bank.Approve)
	case "decline":
		s.challenges.Answer(q, bank.Decline)
	case "cancel":
		s.challenges.Answer(q, bank.Choice{
			Outcome: payment.OutcomeDeclined, Reason: reason.CustomerCanceled, Rule: "the customer canceled on the bank's page",
		})
	case "code":
		if left, wrong := s.wrongCode(q, r.PostForm.Get("code")); wrong {
			v := s.view(q, r.URL.RequestURI())
			v.CodeError = "That is not the code. You have one try left."
			if left > 1 {
				v.CodeError = "That is not the code. You have two tries left."
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusUnprocessableEntity)
			_ = pages().Render(w, "confirm", v)
			return
		}
	case "pick":
		s.pick(w, r, q)
		return
	default:
		s.unreadable(w, r, q)
		return
	}
	http.Redirect(w, r, q.Request.ReturnURL, http.StatusSeeOther)
}

// wrongCode checks a code; if it is wrong, the page says how many tries are
// left.
func (s *Site) wrongCode(q bank.Question, typed string) (left int, wrong bool) {
	right, left := s.challenges.Enter(q, strings.Join(strings.Fields(typed), ""))
	return left, !right && left > 0
}

// pick carries out a tester's choice: an outcome, after a delay, and whether the
// browser returns to the checkout.
func (s *Site) pick(w http.ResponseWriter, r *http.Request, q bank.Question) {
	outcome, delay := r.PostForm.Get("outcome"), r.PostForm.Get("delay")
	known := false
	for _, e := range endings {
		for _, d := range delays {
			if e.Value != outcome || d.Value != delay {
				continue
			}
			known = true
			c := e.choice
			c.Delay, c.Rule = d.wait, "a tester chose it on the bank's page: "+e.Value
			if delay != never {
				s.challenges.Answer(q, c)
			}
		}
	}
	switch {
	case !known:
		s.unreadable(w, r, q)
	case r.PostForm.Get("stay") != "":
		v := s.view(q, "")
		v.Title, v.Text = "You can close this page", "The bank does as you chose, and this browser does not go back to the shop."
		_ = pages().Render(w, "confirm", v)
	default:
		http.Redirect(w, r, q.Request.ReturnURL, http.StatusSeeOther)
	}
}

// unreadable refuses a form that cannot be read, or has no answer that this page offers.
func (s *Site) unreadable(w http.ResponseWriter, r *http.Request, q bank.Question) {
	v := s.view(q, "")
	v.Title, v.Text, v.AgainURL = "This form could not be read", "It arrived damaged, or has no answer that this page offers. Nothing was decided by this step.", r.URL.RequestURI()
	refuse(w, http.StatusBadRequest, v)
}

// refuse answers with a page that asks nothing.
func refuse(w http.ResponseWriter, status int, v View) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pages().Render(w, "confirm", v)
}
