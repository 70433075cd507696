package node

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/payment/reason"
)

// The numbers of the rows below.
const (
	visa, master  = "4242424242424242", "5555555555554444"
	challengeCard = "4000002500003155"
	anyone        = "A. Customer"
)

// account is the published one that ends so.
func account(last4 string) string {
	for _, a := range instrument.Accounts() {
		if a.Number[len(a.Number)-4:] == last4 {
			return a.Number
		}
	}
	panic("no account ends in " + last4)
}

// said is the row of a decline or fault.
func said(status payment.Status, code, iso8583, iso20022, rule string) word {
	return word{status, code, iso8583, iso20022, rule}
}

// Each reason and each amount rule, brought about in every way, goes from the
// page to the ledger, which has no entry for it; an approval has one capture.
func TestVocabulary_EveryReasonByWhateverSaysIt(t *testing.T) {
	w := newTown(t)
	const may, ends, paid = payment.Created, payment.Failed, payment.Captured
	const cents = "the amount ends in the response code "
	for _, c := range []struct {
		bank, value, number, holder string
		want                        word
	}{
		// The amount, at a bank that goes by it.
		{"CENTUS2A", "10.01", visa, anyone, said(may, reason.ReferToIssuer, "01", "MS03", cents+"01")},
		{"CENTUS2A", "10.05", visa, anyone, said(may, reason.DoNotHonor, "05", "MS03", cents+"05")},
		{"CENTUS2A", "10.12", visa, anyone, said(may, reason.InvalidTxn, "12", "AG01", cents+"12")},
		{"CENTUS2A", "10.14", visa, anyone, said(may, reason.InvalidNumber, "14", "AC01", cents+"14")},
		{"CENTUS2A", "10.41", visa, anyone, said(may, reason.LostCard, "41", "AC06", cents+"41")},
		{"CENTUS2A", "10.43", visa, anyone, said(may, reason.StolenCard, "43", "AC06", cents+"43")},
		{"CENTUS2A", "10.51", visa, anyone, said(may, reason.InsufficientFunds, "51", "AM04", cents+"51")},
		{"CENTUS2A", "10.54", visa, anyone, said(may, reason.ExpiredCard, "54", "AC06", cents+"54")},
		{"CENTUS2A", "10.57", visa, anyone, said(may, reason.NotPermitted, "57", "AG01", cents+"57")},
		{"CENTUS2A", "10.61", visa, anyone, said(may, reason.OverLimit, "61", "AM02", cents+"61")},
		{"CENTUS2A", "10.91", visa, anyone, said(ends, reason.IssuerUnavailable, "91", "MS03", cents+"91")},
		{"CENTUS2A", "1051", visa, anyone, said(may, reason.InsufficientFunds, "51", "AM04", cents+"51")}, // yen
		{"CENTUS2A", "10.02", visa, anyone, word{status: paid, rule: "card ending 4242 is approved"}},     // no code
		{"CENTUS2A", "10.51", visa, "APPROVED", word{status: paid, rule: "holder name APPROVED"}},         // the name goes first
		{"CENTUS2A", "10.51", "4000000000009987", anyone, said(may, reason.LostCard, "41", "AC06", "card ending 9987 is declined, lost card")},
		{"SANDNL2A", "10.51", visa, anyone, word{status: paid, rule: "card ending 4242 is approved"}}, // off by default
		// The account, at a bank that looks at it.
		{"ACCTUS2A", "5.01", visa, anyone, said(may, reason.InsufficientFunds, "51", "AM04", "the account of Pia Poor has 5 left")},
		{"ACCTUS2A", "5.00", visa, anyone, word{status: paid, rule: "card ending 4242 is approved"}},
		{"ACCTUS2A", "5.00", master, anyone, said(may, reason.AccountBlocked, "62", "AC06", "the account of Bo Blocked is blocked")},
		{"ACCTUS2A", "5.00", american, anyone, said(may, reason.AccountClosed, "14", "AC04", "the account of Clara Closed is closed")},
		{"ACCTUS2A", "5.01", account("0001"), anyone, said(may, reason.OverLimit, "61", "AM02", "the account of Liam Limited pays 5 at a time at most")},
		// The number.
		{"SANDNL2A", "19.99", account("0001"), anyone, word{status: paid, rule: "account ending 0001 is approved"}},
		{"SANDNL2A", "19.99", account("0002"), anyone, said(may, reason.InsufficientFunds, "51", "AM04", "account ending 0002 is declined, insufficient funds")},
		{"SANDNL2A", "19.99", account("0003"), anyone, said(may, reason.AccountClosed, "14", "AC04", "account ending 0003 is declined, account closed")},
		{"SANDNL2A", "19.99", account("0004"), anyone, said(may, reason.AccountBlocked, "62", "AC06", "account ending 0004 is declined, account blocked")},
		{"SANDNL2A", "19.99", account("0006"), anyone, said(may, reason.DuplicatePayment, "94", "AM05", "account ending 0006 is declined, duplicate payment")},
		{"SANDNL2A", "19.99", account("0007"), anyone, said(may, reason.HolderDeceased, "05", "MD07", "account ending 0007 is declined, account holder deceased")},
		{"SANDNL2A", "19.99", account("0008"), anyone, said(may, reason.BankUnknown, "15", "RC01", "account ending 0008 is declined, bank identifier incorrect")},
		{"SANDNL2A", "19.99", account("0009"), anyone, said(ends, reason.SettlementFailed, "96", "ED05", "account ending 0009: settlement failed")},
		{"SANDNL2A", "19.99", "4000000000000127", anyone, said(may, reason.IncorrectCVC, "N7", "MS03", "card ending 0127 is declined, incorrect security code")},
		{"SANDNL2A", "19.99", "4000000000000119", anyone, said(ends, reason.ProcessingError, "96", "MS03", "card ending 0119: processing error")},
		{"SANDNL2A", "19.99", visa, "SHOPPER_CANCELLED", said(may, reason.CustomerCanceled, "17", "CUST", "holder name SHOPPER_CANCELLED")},
		// The bank's temperament, which goes before the number.
		{"NAYSFR2A", "19.99", visa, "APPROVED", said(may, reason.DoNotHonor, "05", "MS03", "Naysayer Bank declined: declines everything")},
		// A bank that is none of ours, with a code of its own.
		{foreignBank, "19.99", visa, anyone, said(may, "mort", "05", "MD07", "the register of deaths")},
	} {
		t.Run(c.bank+" "+c.value+" "+c.number+" "+c.holder, func(t *testing.T) {
			b := w.of(t).buys(c.bank, c.value)
			b.pays(c.number, c.holder)
			b.says(c.want)
		})
	}
	t.Run("on the bank's page", func(t *testing.T) { confirmations(w.of(t)) })
	t.Run("by a control", func(t *testing.T) { steered(w.of(t)) })
	w.missing()
}

// confirmations go through the bank's own page.
func confirmations(w *town) {
	approved := word{status: payment.Captured, rule: "the customer confirmed on the bank's page"}
	refused := said(payment.Created, reason.ChallengeFailed, "59", "MS03", "the customer refused on the bank's page")
	picked := func(status payment.Status, code, iso8583, iso20022 string) word {
		return said(status, code, iso8583, iso20022, "a tester chose it on the bank's page: "+code)
	}
	for name, c := range map[string]struct {
		bank, number string
		form         url.Values
		want         word
	}{
		"the card, approved":  {"SANDNL2A", challengeCard, url.Values{"answer": {"approve"}}, approved},
		"the card, refused":   {"SANDNL2A", challengeCard, url.Values{"answer": {"decline"}}, refused},
		"the account":         {"SANDNL2A", account("0005"), url.Values{"answer": {"approve"}}, approved},
		"the bank, approved":  {"CHALES2A", visa, url.Values{"answer": {"approve"}}, approved},
		"the bank, refused":   {"CHALES2A", visa, url.Values{"answer": {"decline"}}, refused},
		"picked: deceased":    {"SANDNL2A", challengeCard, picks(reason.HolderDeceased), picked(payment.Created, reason.HolderDeceased, "05", "MD07")},
		"picked: duplicate":   {"SANDNL2A", challengeCard, picks(reason.DuplicatePayment), picked(payment.Created, reason.DuplicatePayment, "94", "AM05")},
		"picked: bank":        {"SANDNL2A", challengeCard, picks(reason.BankUnknown), picked(payment.Created, reason.BankUnknown, "15", "RC01")},
		"picked: settlement":  {"SANDNL2A", challengeCard, picks(reason.SettlementFailed), picked(payment.Failed, reason.SettlementFailed, "96", "ED05")},
		"picked: no reason":   {"SANDNL2A", challengeCard, picks(reason.DoNotHonor), picked(payment.Created, reason.DoNotHonor, "05", "MS03")},
		"picked: not enough":  {"SANDNL2A", challengeCard, picks(reason.InsufficientFunds), picked(payment.Created, reason.InsufficientFunds, "51", "AM04")},
		"picked: lost":        {"SANDNL2A", challengeCard, picks(reason.LostCard), picked(payment.Created, reason.LostCard, "41", "AC06")},
		"picked: a fault":     {"SANDNL2A", challengeCard, picks(reason.ProcessingError), picked(payment.Failed, reason.ProcessingError, "96", "MS03")},
		"picked: an approval": {"SANDNL2A", challengeCard, picks("approved"), word{status: payment.Captured, rule: "a tester chose it on the bank's page: approved"}},
	} {
		w.Run(name, func(t *testing.T) {
			b := w.of(t).buys(c.bank, "19.99")
			b.pays(c.number, anyone)
			if b.holdsTheLedger(false); b.paid.Reason != nil {
				t.Errorf("before it is confirmed: %+v", b.paid.Reason)
			}
			b.confirms(c.form)
			b.says(c.want)
		})
	}
	w.Run("refused to the last", func(t *testing.T) {
		b := w.of(t).buys("SANDNL2A", "19.99")
		for range payment.DefaultAttempts {
			b.pays(challengeCard, anyone)
			b.confirms(url.Values{"answer": {"decline"}})
		}
		refused.status = payment.Declined
		b.says(refused)
	})
}

func picks(outcome string) url.Values {
	return url.Values{"answer": {"pick"}, "outcome": {outcome}, "delay": {"now"}}
}

// steered changes a bank's behavior while it runs, and back. Commands and
// requests go through one queue: a request after a command is answered after it.
func steered(w *town) {
	for _, c := range []struct {
		temper string
		want   word
	}{
		{`{"declines":1}`, said(payment.Created, reason.DoNotHonor, "05", "MS03", "Told Bank declined: does as it is told")},
		{`{"declines":0}`, word{status: payment.Captured, rule: "card ending 4242 is approved"}},
	} {
		if code, body := w.send("demo-operator", http.MethodPatch, "/sim/banks/TOLDUS2A", c.temper, ""); code != http.StatusAccepted {
			w.Fatalf("%d %s", code, body)
		}
		w.await("the bank says how it behaves", func() bool { return strings.Contains(w.temper("TOLDUS2A"), c.temper[1:len(c.temper)-1]) })
		b := w.buys("TOLDUS2A", "19.99")
		b.pays(visa, anyone)
		b.says(c.want)
	}
	if says := w.temper(foreignBank); says != "" {
		w.Errorf("the foreign bank says nothing of it, and is said to behave as %s", says)
	}
}

// temper is how a bank says it behaves, "" where it does not.
func (w *town) temper(bic string) string {
	_, body := w.send("demo-operator", http.MethodGet, "/sim/banks/"+bic, "", "")
	var state struct{ Temper json.RawMessage }
	if err := json.Unmarshal([]byte(body), &state); err != nil {
		w.Fatal(err, body)
	}
	return string(state.Temper)
}

// notAnswers are reasons that the processor concludes itself, and those of
// captures and refunds.
var notAnswers = map[string]bool{
	reason.BankTimeout: true, reason.MerchantCanceled: true, reason.CustomerWalkedAway: true,
	reason.AuthorizationUnknown: true, reason.AuthorizationExpired: true, reason.ExceedsAuthorization: true, reason.RefundRejected: true,
}

// missing fails for what no row came to.
func (w *town) missing() {
	w.Helper()
	for _, r := range reason.All() {
		if !notAnswers[r.Code] && !w.seen[r.Code] {
			w.Errorf("nothing says %s: TestVocabulary_EveryReasonByWhateverSaysIt needs a row that brings it about", r.Code)
		}
	}
	for _, code := range []string{"AC01", "AC04", "AC06", "AG01", "AM04", "AM05", "MD07", "MS03", "RC01", "ED05"} {
		if !w.seen[code] {
			w.Errorf("nothing says %s", code)
		}
	}
}
