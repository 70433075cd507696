package dashboard

import (
	"net/http"

	"github.com/gorilla/mux"

	"sandbank/gate"
	"sandbank/identity"
	"sandbank/look"
)

// route is a page or a button, and who may open or press it.
type route struct {
	method, path string
	needs        identity.Permission
	handle       func(http.ResponseWriter, *http.Request) error
}

// routes is the one table of all of them.
func (d *Dashboard) routes() []route {
	return []route{
		{http.MethodGet, "/", identity.ReadPayments, d.list},
		{http.MethodGet, "/payments/{id}", identity.ReadPayments, d.payment},
		{http.MethodGet, "/payments/{id}/live", identity.ReadPayments, d.live},
		{http.MethodGet, "/dashboard/stream", identity.ReadPayments, d.stream},
		{http.MethodGet, "/banks", identity.ReadPayments, d.banks},
		{http.MethodGet, "/ledger", identity.ReadLedger, d.ledger},
		{http.MethodGet, "/events", identity.ReadEvents, d.events},
		{http.MethodGet, "/webhooks", identity.ReadWebhooks, d.hooks},
		{http.MethodGet, "/webhooks/{id}", identity.ReadWebhooks, d.hook},
		{http.MethodPost, "/webhooks/{id}/enable", identity.WriteWebhooks, d.press(d.enable(true))},
		{http.MethodPost, "/webhooks/{id}/disable", identity.WriteWebhooks, d.press(d.enable(false))},
		{http.MethodPost, "/webhooks/{id}/resend-failed", identity.WriteWebhooks, d.press(d.resendFailed)},
		{http.MethodGet, "/webhooks/{id}/deliveries/{delivery}", identity.ReadWebhooks, d.delivery},
		{http.MethodGet, "/webhooks/{id}/deliveries/{delivery}/live", identity.ReadWebhooks, d.deliveryLive},
		{http.MethodPost, "/webhooks/{id}/deliveries/{delivery}/resend", identity.WriteWebhooks, d.press(d.resend)},
		{http.MethodPost, "/webhooks/{id}/deliveries/{delivery}/edit", identity.WriteWebhooks, d.press(d.sendEdited)},
		{http.MethodGet, "/dead-letters", identity.ReadSimulator, d.letters},
		{http.MethodPost, "/dead-letters/{id}/replay", identity.WriteLetters, d.settleLetter(true)},
		{http.MethodPost, "/dead-letters/{id}/discard", identity.WriteLetters, d.settleLetter(false)},
		{http.MethodGet, "/problems", gate.Open, d.problems},
		{http.MethodGet, "/problems/{code}", gate.Open, d.problem},
	}
}

// Routes lists the pages and buttons without a dashboard behind them: what there
// is, and what it needs.
func Routes() (list []gate.Route) {
	for _, r := range (*Dashboard)(nil).routes() {
		list = append(list, gate.Route{Method: r.method, Path: r.path, Needs: r.needs})
	}
	return list
}

// Mount adds the pages and buttons. Buttons take no post from another site.
func (d *Dashboard) Mount(r *mux.Router) {
	own := http.NewCrossOriginProtection()
	for _, route := range d.routes() {
		h := d.page(route.handle)
		if route.needs != gate.Open {
			h = d.needs(route.needs, route.handle)
		}
		methods := []string{http.MethodGet, http.MethodHead}
		if route.method != http.MethodGet {
			h, methods = own.Handler(h), []string{route.method}
		}
		r.Handle(route.path, look.SecureHeaders(h)).Methods(methods...)
	}
}
