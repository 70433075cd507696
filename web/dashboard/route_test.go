package dashboard

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"sandbank/identity"
	"sandbank/processor"
	"sandbank/web/gate"
)

// Every role against every page and button, for its own merchant and for
// another one. A role does not see a button that it may not press.
func TestRoutes_EveryRoleAgainstEachOfThem(t *testing.T) {
	for _, role := range append(identity.Roles(), "") {
		for _, own := range []bool{true, false} {
			if !own && !role.OfMerchant() {
				continue
			}
			p := identity.Principal{Person: "ann", Role: role}
			if role.OfMerchant() {
				if p.Merchant = identity.DemoShop.Merchant; !own {
					p.Merchant = identity.OtherShop.Merchant
				}
			}
			b := lettered(t)
			for _, route := range Routes() {
				oneRoute(b, p, own, route)
				if route.Method != http.MethodGet && p.Role.May(route.Needs) {
					b = lettered(t) // that was changed
				}
			}
		}
	}
}

// lettered is a board after a day, with a dead letter.
func lettered(t *testing.T) monied {
	b := newMonied(t)
	b.OK(b.Disk.AddLetters(t.Context(), []processor.Letter{{ID: "ded_1", At: b.Clock.Now(), Reason: "rejected", Exchange: "x", Body: []byte("{}")}}))
	return b
}

// cut is the answer to a reader who leaves after the first bytes.
type cut struct {
	*httptest.ResponseRecorder
	leave func()
}

// Flush implements [http.Flusher].
func (c cut) Flush() { c.leave() }

var posts = regexp.MustCompile(`method="post" action="([^"#]+)[#"]`)

func oneRoute(b monied, p identity.Principal, own bool, route gate.Route) {
	b.T.Helper()
	list, err := b.Disk.Payments(b.T.Context(), processor.Filter{Limit: 1})
	b.OK(err)
	path := strings.NewReplacer("/payments/{id}", "/payments/"+list[0].ID, "/webhooks/{id}/deliveries/{delivery}", b.delivery,
		"/webhooks/{id}", b.page, "/dead-letters/{id}", "/dead-letters/ded_1", "/faults/{id}", "/faults/"+b.fault(), "/holds/{id}", "/holds/"+b.holding().Hold, "/held/{id}", "/held/"+b.holding().ID, "/runs/{id}", "/runs/"+b.ran(), "{n}", "1", "/given/{id}", "/given/"+b.giving(), "/lessons/{name}", "/lessons/silence", "{name}", "paid", "/settlements/{id}", "/settlements/"+b.settlement, "/breaks/{id}", "/breaks/"+b.broken,
		"/payouts/{id}", "/payouts/"+b.payout, "/disputes/{id}", "/disputes/"+b.dispute, "{bic}", "SANDNL2A", "{account}", "fees", "{code}", "role_forbidden", "{hop}", "created").Replace(route.Path)
	ctx, leave := context.WithCancel(b.T.Context())
	defer leave()
	w := httptest.NewRecorder()
	b.as(p, true).front.ServeHTTP(cut{w, leave}, httptest.NewRequestWithContext(ctx, route.Method, path, nil))
	ofOne := strings.Contains(route.Path, "{id}") && !strings.HasPrefix(route.Path, "/dead-letters") && !strings.HasPrefix(route.Path, "/faults")
	where := strings.TrimSpace(route.Method+" "+route.Path) + " as " + string(p.Role)
	switch {
	case route.Needs != gate.Open && !p.Role.May(route.Needs):
		if w.Code != http.StatusForbidden {
			b.T.Errorf("%s: %d, want 403", where, w.Code)
		}
	case !own && ofOne:
		if w.Code != http.StatusNotFound {
			b.T.Errorf("%s, another merchant's: %d, want 404", where, w.Code)
		}
	case w.Code == http.StatusForbidden || w.Code == http.StatusNotFound || w.Code == http.StatusUnauthorized:
		b.T.Errorf("%s: %d, and it may", where, w.Code)
	}
	if !own && route.Needs != gate.Open && w.Code == http.StatusOK && strings.Contains(w.Body.String(), list[0].ID) {
		b.T.Errorf("%s shows another merchant's payment", where)
	}
	for _, m := range posts.FindAllStringSubmatch(w.Body.String(), -1) {
		if needs := needsOf(m[1]); needs != "" && !p.Role.May(needs) {
			b.T.Errorf("%s shows the button %s, which needs %s", where, m[1], needs)
		}
	}
}

// needsOf is what pressing a button needs, "" where it is not of the dashboard.
func needsOf(action string) identity.Permission {
	switch {
	case strings.HasPrefix(action, "/webhooks"):
		return identity.WriteWebhooks
	case strings.HasPrefix(action, "/dead-letters/"):
		return identity.WriteLetters
	case strings.HasPrefix(action, "/scenarios/runs"):
		return identity.RunScenarios
	case strings.HasPrefix(action, "/lessons"):
		return identity.RunScenarios
	case strings.HasPrefix(action, "/class"):
		return identity.SteerSimulator
	case strings.HasPrefix(action, "/faults"):
		return identity.BreakSimulator
	case strings.HasPrefix(action, "/hold"), strings.HasPrefix(action, "/held/"), action == "/step":
		return identity.SimulatePayments
	case strings.HasPrefix(action, "/breaks/"), action == "/payouts":
		return identity.WriteLedger
	case strings.HasPrefix(action, "/banks/"):
		return identity.SteerSimulator
	case strings.HasPrefix(action, "/payments/") && (strings.HasSuffix(action, "/dispute") || strings.HasSuffix(action, "/expire")):
		return identity.SteerSimulator
	case strings.HasSuffix(action, "/win"), strings.HasSuffix(action, "/lose"):
		return identity.SteerSimulator
	case action == "/new-payment":
		return identity.WritePayments
	case strings.HasPrefix(action, "/disputes/"), strings.HasPrefix(action, "/payments/"):
		return identity.WritePayments
	}
	return ""
}

// A role that may press them is shown the buttons, or the test above says nothing.
func TestRoutes_ButtonsAreShownToWhoMayPress(t *testing.T) {
	b := lettered(t)
	for role, want := range map[identity.Role]bool{identity.RoleOperator: true, identity.RoleAdministrator: true, identity.RoleAuditor: false} {
		for page, button := range map[string]string{b.page: b.page + "/disable", b.delivery: b.delivery + "/edit", "/dead-letters": "/dead-letters/ded_1/replay"} {
			code, body := b.as(identity.Principal{Person: "ann", Role: role}, true).get(page)
			if code != 200 || strings.Contains(body, `action="`+button+`"`) != want {
				t.Errorf("%s at %s: %d, the button %s is there: %t", role, page, code, button, !want)
			}
		}
	}
}

var variable = regexp.MustCompile(`\{[a-z]+\}`)

// No button takes a form that cannot be read for an empty one.
func TestRoutes_ButtonsRefuseWhatDoesNotParse(t *testing.T) {
	b := newBoard(t)
	before := b.Stored()
	for _, route := range Routes() {
		if route.Method == http.MethodGet {
			continue
		}
		r := httptest.NewRequestWithContext(t.Context(), route.Method, variable.ReplaceAllString(route.Path, "x"), strings.NewReader("amount=%zz&note=%"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		if b.front.ServeHTTP(w, r); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "cannot be read") {
			t.Errorf("%s %s with a form that does not parse: want 400 and a page that says so, got %d", route.Method, route.Path, w.Code)
		}
	}
	b.Unchanged("a form that does not parse", before)
}
