package oauth

import (
	"embed"
	"net/http"
	"net/url"
	"sync"

	"sandbank/identity"
	"sandbank/web/gate"
	"sandbank/web/look"
)

//go:embed templates
var templates embed.FS

var pages = sync.OnceValue(func() *look.Set { return look.MustParse(templates) })

// signInView has the data of the sign-in page.
type signInView struct {
	App    string // the app's name
	Own    bool   // the app is the dashboard
	Asks   []string
	Action string
	CSRF   string
	Name   string // as it was entered
	Error  string
	People []shownPerson // the development people
}

// shownPerson is one whose password the page shows.
type shownPerson struct{ Name, Password, Does, Fill string }

// noticeView is a page that says one thing.
type noticeView struct {
	Title, Text, Code string
	URL, Label        string // where to go from here; "" for nowhere
	Good              bool   // nothing is wrong
}

// words describes a permission of an app.
var words = map[identity.Permission]string{
	identity.ReadPayments:     "see payments",
	identity.SimulatePayments: "say what happens to payments",
	identity.BreakSimulator:   "let things go wrong on purpose",
	identity.OpenMerchants:    "make merchants for a while",
	identity.ReadMeters:       "read the meters",
	identity.WritePayments:    "make, cancel and refund payments",
	identity.ReadEvents:       "hear of results",
	identity.ReadWebhooks:     "see webhook endpoints",
	identity.WriteWebhooks:    "change webhook endpoints",
	identity.ReadMoney:        "see settlements and payouts",
	identity.ReadLedger:       "see the whole ledger",
	identity.WriteLedger:      "correct the ledger",
	identity.ReadSimulator:    "see how the simulator is set",
	identity.SteerSimulator:   "steer the simulator",
	identity.ResetSimulator:   "put everything back to the beginning",
	identity.WriteLetters:     "replay and discard dead letters",
	identity.RunScenarios:     "run scenarios",
	identity.ReadAudit:        "read the audit log",
	identity.AnswerRequests:   "answer as a bank",
}

// does describes a person's permissions in a few words.
func does(p identity.Person) string {
	switch p.Role {
	case identity.RoleAdministrator:
		return "may do everything"
	case identity.RoleOperator:
		return "runs the simulator"
	case identity.RoleAuditor:
		return "sees all, changes nothing"
	case identity.RoleMerchant:
		return "acts for " + p.Merchant.Name
	case identity.RoleMerchantReader:
		return "reads for " + p.Merchant.Name
	case identity.RoleBank: // no person has it
	}
	return string(p.Role)
}

// show draws the sign-in page.
func (s *Server) show(w http.ResponseWriter, r *http.Request, q request, status int, name, complaint string) {
	v := signInView{App: q.app.Name, Own: q.app.ID == DashboardID, Action: "/oauth/authorize?" + gate.Query(r).Encode(), CSRF: s.csrf(w, r), Name: name, Error: complaint}
	if len(v.Name) > maxPassword {
		v.Name = ""
	}
	if !v.Own {
		v.Asks = asks(q.scope)
	}
	for _, p := range s.Shown {
		v.People = append(v.People, shownPerson{p.Name, p.Password.Reveal(), does(p), url.Values{"name": {p.Name}, "password": {p.Password.Reveal()}}.Encode()})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pages().Render(w, "sign-in", v)
}

// asks describes a scope; nothing where it is all of the person's permissions.
func asks(scope string) (list []string) {
	asked, _ := scopesOf(scope)
	for _, p := range asked {
		list = append(list, words[p])
	}
	return list
}

func (s *Server) notice(w http.ResponseWriter, status int, v noticeView) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pages().Render(w, "notice", v)
}
