package dashboard

import (
	"strconv"

	"sandbank/identity"
)

// kinds are the shape and the word of each kind of hop.
var kinds = map[string][2]string{
	"http":     {"world", "HTTP"},
	"page":     {"person", "Page"},
	"amqp_out": {"send", "AMQP out"},
	"amqp_in":  {"inbox", "AMQP in"},
	"bank":     {"bank", "Bank"},
	"ledger":   {"book", "Ledger"},
	"event":    {"bell", "Event"},
	"webhook":  {"hook", "Webhook"},
	"clock":    {"clock", "Clock"},
	"fault":    {"spark", "Fault"},
}

// Icon is the shape of the hop's kind.
func (h Hop) Icon() string { return kinds[h.Kind][0] }

// KindWord is the kind in words; an unknown kind is shown unchanged.
func (h Hop) KindWord() string {
	if word := kinds[h.Kind][1]; word != "" {
		return word
	}
	return h.Kind
}

// Empty reports whether nothing of the reason is known.
func (w Why) Empty() bool { return w == Why{} }

// Filtered reports whether the list is only a part.
func (v ListView) Filtered() bool { return v.Status != "" || v.Query != "" }

// NavItem is one entry of the navigation.
type NavItem struct {
	Label   string
	URL     string
	Current bool
	// Count is shown beside the label; empty hides it.
	Count string
}

// Nav is the navigation with the current section marked.
func (f Frame) Nav() []NavItem {
	letters := ""
	if f.Letters > 0 {
		letters = strconv.Itoa(f.Letters)
	}
	list := []NavItem{
		{"Payments", "/", f.Section == "payments", ""},
		{"Events", "/events", f.Section == "events", ""},
		{"Webhooks", "/webhooks", f.Section == "webhooks", ""},
	}
	if f.may(identity.ReadMoney) {
		list = append(list, NavItem{"Disputes", "/disputes", f.Section == "disputes", ""}, NavItem{"Payouts", "/payouts", f.Section == "payouts", ""})
	}
	if f.may(identity.ReadLedger) {
		list = append(list, NavItem{"Settlements", "/settlements", f.Section == "settlements", ""}, NavItem{"Ledger", "/ledger", f.Section == "ledger", ""})
	}
	list = append(list, NavItem{"Banks", "/banks", f.Section == "banks", ""})
	if f.may(identity.ReadSimulator) {
		list = append(list, NavItem{"Dead letters", "/dead-letters", f.Section == "letters", letters})
	}
	if f.may(identity.ReadAudit) {
		list = append(list, NavItem{"Audit", "/audit", f.Section == "audit", ""})
	}
	return list
}

// may reports whether the role has a permission; a page that nobody looks at, as
// in a test, shows all.
func (f Frame) may(p identity.Permission) bool { return f.Role == "" || f.Role.May(p) }

// Button is a form with nothing but a button.
type Button struct{ Label, URL, CSRF string }

// DeliveryForm is a delivery with what its form needs.
type DeliveryForm struct {
	Delivery
	Resend Button
}

// With gives a delivery the page's CSRF token.
func (v PaymentView) With(d Delivery) DeliveryForm {
	return DeliveryForm{Delivery: d, Resend: Button{"Send again", d.ResendURL, v.CSRF}}
}

// Replay is the form that sends a dead letter to its queue again.
func (v LettersView) Replay(l Letter) Button { return Button{"Replay", l.ReplayURL, v.CSRF} }

// Discard is the form that drops a dead letter for good.
func (v LettersView) Discard(l Letter) Button { return Button{"Discard", l.DiscardURL, v.CSRF} }
