package dashboard

import (
	"strconv"

	"sandbank/identity"
)

// kinds are the shape and the word of each kind of hop.
var kinds = map[string][2]string{
	"http":    {"world", "HTTP"},
	"page":    {"person", "Page"},
	"amqp":    {"send", "AMQP"},
	"ledger":  {"book", "Ledger"},
	"event":   {"bell", "Event"},
	"webhook": {"hook", "Webhook"},
	"clock":   {"clock", "Clock"},
	"money":   {"bank", "Money"},
	"fault":   {"spark", "Fault"},
	"hold":    {"clock", "Hold"},
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
func (v ListView) Filtered() bool { return v.ListFilter != ListFilter{} }

// Badge is how much waits behind an entry of the navigation, and for what.
type Badge struct{ Text, Says string }

// NavItem is one entry of the navigation.
type NavItem struct {
	Label   string
	URL     string
	Current bool
	Badge   Badge // its Text is empty for nothing
}

// NavGroup is entries of the navigation that belong together.
type NavGroup struct {
	Label string
	Items []NavItem
}

// entries are the dashboard's pages, in groups; an entry with a permission is for roles that have it.
var entries = []struct {
	group, label, url, section string
	needs                      identity.Permission
}{
	{"Sandbox", "Payments", "/", "payments", identity.ReadPayments},
	{"Sandbox", "Banks", "/banks", "banks", identity.ReadPayments},
	{"Sandbox", "Scenarios", "/scenarios", "scenarios", identity.ReadPayments},
	{"Sandbox", "Lessons", "/lessons", "lessons", identity.ReadPayments},
	{"Sandbox", "Class", "/class", "class", identity.ReadSimulator},
	{"Sandbox", "Faults", "/faults", "faults", identity.ReadSimulator},
	{"Sandbox", "Hold and step", "/holds", "holds", identity.ReadPayments},
	{"Notifications", "Events", "/events", "events", identity.ReadEvents},
	{"Notifications", "Webhooks", "/webhooks", "webhooks", identity.ReadWebhooks},
	{"Notifications", "Messages", "/messages", "messages", identity.ReadSimulator},
	{"Notifications", "Dead letters", "/dead-letters", "letters", identity.ReadSimulator},
	{"Money", "Disputes", "/disputes", "disputes", identity.ReadMoney},
	{"Money", "Settlements", "/settlements", "settlements", identity.ReadLedger},
	{"Money", "Breaks", "/breaks", "breaks", identity.ReadLedger},
	{"Money", "Payouts", "/payouts", "payouts", identity.ReadMoney},
	{"Money", "Ledger", "/ledger", "ledger", identity.ReadLedger},
	{"More", "Audit", "/audit", "audit", identity.ReadAudit},
	{"More", "Problems", "/problems", "problems", ""},
	{"More", "Docs", "/docs", "docs", ""},
}

// Nav is the navigation with the current section marked.
func (f Frame) Nav() (list []NavGroup) {
	for _, e := range entries {
		if e.needs != "" && !f.may(e.needs) {
			continue
		}
		if n := len(list); n == 0 || list[n-1].Label != e.group {
			list = append(list, NavGroup{Label: e.group})
		}
		item := NavItem{Label: e.label, URL: e.url, Current: f.Section == e.section, Badge: f.Badges[e.section]}
		if e.section == "letters" && f.Letters > 0 {
			item.Badge = Badge{strconv.Itoa(f.Letters), "waiting"}
		}
		last := &list[len(list)-1]
		last.Items = append(last.Items, item)
	}
	if n := len(list); n > 0 && f.ShopURL != "" {
		list[n-1].Items = append(list[n-1].Items, NavItem{Label: "Demo shop", URL: f.ShopURL})
	}
	return list
}

// Waiting is how many entries of the navigation have a badge, for the closed menu.
func (f Frame) Waiting() string {
	if len(f.Badges) == 0 {
		return ""
	}
	return strconv.Itoa(len(f.Badges))
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
