package node

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/dialect/stripe"
	"sandbank/dialect/stripe/object"
	"sandbank/identity"
)

// at2026 is where simulated time stands in these tests.
var at2026 = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// advance has a frozen clock go on.
func (a teller) advance(by string) { a.Helper(); a.sim(`{"advance": {"by": "` + by + `"}}`) }

// sim steers the clock by the house's own API.
func (a teller) sim(wish string) {
	a.Helper()
	form := strings.NewReader("grant_type=client_credentials&client_id=demo-operator&client_secret=" + identity.DemoOperator.Secret.Reveal())
	q, _ := http.NewRequestWithContext(a.Context(), "POST", a.node.URL()+"/oauth/token", form)
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	token, _ := member(a.T, a.read(q), "access_token").(string)
	q, _ = http.NewRequestWithContext(a.Context(), "POST", a.node.URL()+"/sim/clock", strings.NewReader(wish))
	q.Header.Set("Authorization", "Bearer "+token)
	q.Header.Set("Content-Type", "application/json")
	a.read(q)
}

// An abandoned session is told as Stripe tells it, unless the dialects are to be
// silent; the house's own API tells nobody either way.
func TestStripe_ExpiryByClock(t *testing.T) {
	for name, silence := range map[string]bool{"told": false, "silent": true} {
		t.Run(name, func(t *testing.T) {
			a := newTeller(t, Config{FreezeAt: at2026, Dialects: Dialects{Silence: silence}})
			made := a.ask("POST", "/v1/checkout/sessions", checkout, 200)
			a.advance("25h")
			a.holds(a.ask("GET", "/v1/checkout/sessions/"+made["id"].(string), "", 200), map[string]any{"status": "expired", "payment_status": "unpaid", "url": nil})
			list := a.ask("GET", "/v1/events", "", 200)
			if got := at(list, "data.0.type"); silence == (got != nil) || !silence && got != "checkout.session.expired" {
				t.Errorf("with silence %t the events are %v", silence, list)
			}
			own, err := a.node.Processor().ForeignEvents(t.Context(), "demo-shop", "", 0, 10)
			if err != nil || len(own) != 0 {
				t.Errorf("the house's own events are %v, %v, expected none", own, err)
			}
		})
	}
}

// A key does what its client's role may, and reaches its merchant's things alone.
func TestStripe_EveryKeyOnEveryRoute(t *testing.T) {
	a := newTeller(t, Config{})
	id := a.ask("POST", "/v1/payment_intents", "amount=500&currency=eur", 200)["id"].(string)
	reader := "Bearer " + stripe.KeysOf(identity.DemoReader).Secret
	operator := "Bearer " + stripe.KeysOf(identity.DemoOperator).Secret
	other := "Bearer " + stripe.KeysOf(identity.OtherShop).Secret
	a.ask("GET", "/v1/payment_intents/"+id, "", 200, "Authorization", reader)
	a.ask("GET", "/v1/payment_intents/"+id, "", 404, "Authorization", other)
	a.ask("GET", "/v1/payment_intents/"+id, "", 400, "Authorization", operator)
	a.ask("GET", "/v1/payment_intents/"+id, "", 200, "Authorization", operator, "Stripe-Account", "acct_demo-shop")
	a.ask("GET", "/v1/payment_intents/"+id, "", 403, "Authorization", other, "Stripe-Account", "acct_demo-shop")
	for _, r := range stripe.Routes() {
		if !slices.Contains(identity.Permissions(), r.Needs) {
			t.Errorf("%s %s asks for %q, which is no permission", r.Method, r.Path, r.Needs)
		}
		if changes := r.Method != http.MethodGet; changes != (r.Action != "") || changes == identity.RoleAuditor.May(r.Needs) {
			t.Errorf("%s %s asks for %s and is recorded as %q", r.Method, r.Path, r.Needs, r.Action)
		}
		if r.Method == http.MethodGet && identity.RoleMerchantReader.May(r.Needs) {
			continue
		}
		a.ask(r.Method, strings.ReplaceAll(r.Path, "{id}", id), "", 403, "Authorization", reader)
		if !identity.RoleMerchant.May(r.Needs) {
			a.ask(r.Method, strings.ReplaceAll(r.Path, "{id}", id), "", 403)
		}
	}
}

// README claims the measured share.
func TestStripe_ReadmeClaimsWhatIsServed(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if claim := fmt.Sprintf("%d of Stripe's %d routes", len(stripe.Routes()), object.Routes()); err != nil || !strings.Contains(string(readme), claim) {
		t.Errorf("README.md does not say %q, %v", claim, err)
	}
}

// A card of Stripe's for disputes brings one about, and evidence decides it.
func TestStripe_Disputes(t *testing.T) {
	a := newTeller(t, Config{FreezeAt: at2026})
	paid := a.ask("POST", "/v1/payment_intents", "amount=900&currency=eur&payment_method=pm_card_createDisputeProductNotReceived&confirm=true", 200)
	a.advance("10s")
	list := a.ask("GET", "/v1/disputes?payment_intent="+paid["id"].(string), "", 200)
	a.holds(list, map[string]any{"data.0.status": "needs_response", "data.0.amount": 900, "data.0.charge": paid["latest_charge"]})
	id, _ := at(list, "data.0.id").(string)
	a.holds(a.ask("POST", "/v1/disputes/"+id, "evidence[shipping_tracking_number]=123&submit=false", 400), map[string]any{"error.param": "submit"})
	a.holds(a.ask("POST", "/v1/disputes/"+id, "evidence[shipping_tracking_number]=123", 200), map[string]any{"status": "under_review", "evidence_details.has_evidence": true})
	a.advance("10s")
	a.holds(a.ask("GET", "/v1/disputes/"+id+"?expand[]=charge", "", 200), map[string]any{"status": "won", "charge.disputed": true})
	a.ask("POST", "/v1/disputes/"+id, "evidence[uncategorized_text]=again", 400)
	for _, want := range []string{"charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_reinstated"} {
		a.holds(a.ask("GET", "/v1/events?type="+want, "", 200), map[string]any{"data.0.type": want, "data.0.data.object.id": id, "data.1": nil})
	}
}
