package node

import (
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/gorilla/mux"

	"sandbank/identity"
	"sandbank/web/gate"
)

// routeAccess has the permission of each of the processor's routes, of every
// transport, a second time: a route that is missing here fails the test, and so
// does one with another permission.
var routeAccess = map[string]identity.Permission{
	"POST /v1/payments":                                            identity.WritePayments,
	"GET /v1/payments":                                             identity.ReadPayments,
	"GET /v1/payments/{id}":                                        identity.ReadPayments,
	"POST /v1/payments/{id}/cancel":                                identity.WritePayments,
	"POST /v1/payments/{id}/capture":                               identity.WritePayments,
	"POST /v1/payments/{id}/void":                                  identity.WritePayments,
	"POST /v1/payments/{id}/refunds":                               identity.WritePayments,
	"GET /v1/payments/{id}/captures":                               identity.ReadPayments,
	"GET /v1/payments/{id}/captures/{operation}":                   identity.ReadPayments,
	"GET /v1/payments/{id}/refunds":                                identity.ReadPayments,
	"GET /v1/payments/{id}/refunds/{operation}":                    identity.ReadPayments,
	"GET /v1/banks":                                                identity.ReadPayments,
	"GET /audit":                                                   identity.ReadAudit,
	"GET /v1/audit":                                                identity.ReadAudit,
	"GET /v1/events":                                               identity.ReadEvents,
	"GET /v1/events/{id}":                                          identity.ReadEvents,
	"GET /v1/events/stream":                                        identity.ReadEvents,
	"GET /v1/events/ws":                                            identity.ReadEvents,
	"POST /v1/webhook-endpoints":                                   identity.WriteWebhooks,
	"GET /v1/webhook-endpoints":                                    identity.ReadWebhooks,
	"GET /v1/webhook-endpoints/{id}":                               identity.ReadWebhooks,
	"PATCH /v1/webhook-endpoints/{id}":                             identity.WriteWebhooks,
	"DELETE /v1/webhook-endpoints/{id}":                            identity.WriteWebhooks,
	"POST /v1/webhook-endpoints/{id}/rotate-secret":                identity.WriteWebhooks,
	"POST /v1/webhook-endpoints/{id}/resend-failed":                identity.WriteWebhooks,
	"POST /v1/webhook-endpoints/{id}/test":                         identity.WriteWebhooks,
	"GET /v1/webhook-endpoints/{id}/deliveries":                    identity.ReadWebhooks,
	"GET /v1/webhook-endpoints/{id}/deliveries/{delivery}":         identity.ReadWebhooks,
	"POST /v1/webhook-endpoints/{id}/deliveries/{delivery}/resend": identity.WriteWebhooks,

	"GET /mollie/state/{token}":  gate.Open, // the token is the permission
	"POST /mollie/state/{token}": gate.Open,
	// Mollie's API.
	"POST /mollie/v2/payments":                              identity.WritePayments,
	"GET /mollie/v2/payments":                               identity.ReadPayments,
	"GET /mollie/v2/payments/{id}":                          identity.ReadPayments,
	"PATCH /mollie/v2/payments/{id}":                        identity.WritePayments,
	"DELETE /mollie/v2/payments/{id}":                       identity.WritePayments,
	"POST /mollie/v2/payments/{id}/release-authorization":   identity.WritePayments,
	"POST /mollie/v2/payments/{id}/captures":                identity.WritePayments,
	"GET /mollie/v2/payments/{id}/captures":                 identity.ReadPayments,
	"GET /mollie/v2/payments/{id}/captures/{capture}":       identity.ReadPayments,
	"POST /mollie/v2/payments/{id}/refunds":                 identity.WritePayments,
	"GET /mollie/v2/payments/{id}/refunds":                  identity.ReadPayments,
	"GET /mollie/v2/payments/{id}/refunds/{refund}":         identity.ReadPayments,
	"DELETE /mollie/v2/payments/{id}/refunds/{refund}":      identity.WritePayments,
	"GET /mollie/v2/refunds":                                identity.ReadPayments,
	"GET /mollie/v2/payments/{id}/chargebacks":              identity.ReadMoney,
	"GET /mollie/v2/payments/{id}/chargebacks/{chargeback}": identity.ReadMoney,
	"GET /mollie/v2/chargebacks":                            identity.ReadMoney,
	"GET /mollie/v2/methods":                                identity.ReadPayments,
	"GET /mollie/v2/methods/all":                            identity.ReadPayments,
	"GET /mollie/v2/methods/{id}":                           identity.ReadPayments,
	"GET /mollie/v2/settlements":                            identity.ReadMoney,
	"GET /mollie/v2/settlements/next":                       identity.ReadMoney,
	"GET /mollie/v2/settlements/open":                       identity.ReadMoney,
	"GET /mollie/v2/settlements/{id}":                       identity.ReadMoney,
	"GET /mollie/v2/settlements/{id}/payments":              identity.ReadMoney,
	"GET /mollie/v2/settlements/{id}/captures":              identity.ReadMoney,
	"GET /mollie/v2/settlements/{id}/refunds":               identity.ReadMoney,
	"GET /mollie/v2/settlements/{id}/chargebacks":           identity.ReadMoney,
	"GET /mollie/v2/balances":                               identity.ReadMoney,
	"GET /mollie/v2/balances/primary":                       identity.ReadMoney,
	"GET /mollie/v2/balances/{id}":                          identity.ReadMoney,
	"GET /mollie/v2/balances/{id}/report":                   identity.ReadMoney,
	"GET /mollie/v2/balances/{id}/transactions":             identity.ReadMoney,
	"GET /mollie/v2/profiles/me":                            identity.ReadPayments,
	"GET /mollie/v2/profiles/{id}":                          identity.ReadPayments,
	"GET /mollie/v2/organizations/me":                       identity.ReadPayments,

	// The steps after an approval.
	"GET /v1/disputes":                 identity.ReadMoney,
	"GET /v1/disputes/{id}":            identity.ReadMoney,
	"POST /v1/disputes/{id}/evidence":  identity.WritePayments,
	"GET /v1/payouts":                  identity.ReadMoney,
	"POST /v1/payouts":                 identity.WriteLedger,
	"GET /v1/payouts/{id}":             identity.ReadMoney,
	"GET /v1/payouts/{id}/items":       identity.ReadMoney,
	"GET /v1/settlements":              identity.ReadLedger,
	"GET /v1/settlements/{id}":         identity.ReadLedger,
	"GET /v1/settlements/{id}/breaks":  identity.ReadLedger,
	"GET /v1/settlements/{id}/items":   identity.ReadLedger,
	"GET /v1/settlements/{id}/file":    identity.ReadLedger,
	"GET /v1/breaks":                   identity.ReadLedger,
	"POST /v1/breaks/{id}/write-off":   identity.WriteLedger,
	"POST /v1/breaks/{id}/claim":       identity.WriteLedger,
	"GET /v1/ledger/accounts":          identity.ReadLedger,
	"GET /v1/ledger/entries":           identity.ReadLedger,
	"GET /v1/ledger/trial-balance":     identity.ReadLedger,
	"GET /v1/reconciliation":           identity.ReadLedger,
	"POST /clock":                      identity.SteerSimulator,
	"GET /sim/clock":                   identity.ReadSimulator,
	"GET /sim/transcript":              identity.ReadSimulator,
	"GET /sim/scenario":                identity.ReadPayments,
	"GET /sim/payments/{id}/scenario":  identity.ReadPayments,
	"POST /sim/reset":                  identity.ResetSimulator,
	"GET /sim/snapshot":                identity.ResetSimulator,
	"PUT /sim/snapshot":                identity.ResetSimulator,
	"POST /sim/clock":                  identity.SteerSimulator,
	"GET /sim/broker":                  identity.ReadSimulator,
	"GET /sim/faults":                  identity.ReadSimulator,
	"POST /sim/faults":                 identity.BreakSimulator,
	"GET /sim/faults/{id}":             identity.ReadSimulator,
	"DELETE /sim/faults/{id}":          identity.BreakSimulator,
	"POST /sim/merchants":              identity.OpenMerchants,
	"GET /sim/merchants":               identity.ReadSimulator,
	"GET /sim/merchants/{id}":          identity.ReadSimulator,
	"DELETE /sim/merchants/{id}":       identity.OpenMerchants,
	"GET /sim/holds":                   identity.ReadPayments,
	"POST /sim/holds":                  identity.SimulatePayments,
	"GET /sim/holds/{id}":              identity.ReadPayments,
	"DELETE /sim/holds/{id}":           identity.SimulatePayments,
	"GET /sim/held":                    identity.ReadPayments,
	"POST /sim/held/{id}":              identity.SimulatePayments,
	"POST /sim/step":                   identity.SimulatePayments,
	"GET /scenarios":                   identity.ReadPayments,
	"GET /scenarios/open":              identity.ReadPayments,
	"POST /scenarios/open":             identity.ReadPayments,
	"POST /scenarios/runs":             identity.RunScenarios,
	"GET /scenarios/runs/{id}":         identity.ReadPayments,
	"GET /scenarios/runs/{id}/live":    identity.ReadPayments,
	"POST /scenarios/runs/{id}/stop":   identity.RunScenarios,
	"GET /scenarios/runs/{id}/{n}":     identity.ReadPayments,
	"GET /scenarios/{name}":            identity.ReadPayments,
	"GET /scenarios/{name}/file":       identity.ReadPayments,
	"GET /lessons":                     identity.ReadPayments,
	"POST /lessons":                    identity.RunScenarios,
	"GET /lessons/{name}":              identity.ReadPayments,
	"GET /lessons/given/{id}":          identity.ReadPayments,
	"GET /lessons/given/{id}/notes":    identity.ReadPayments,
	"GET /lessons/given/{id}/live":     identity.ReadPayments,
	"POST /lessons/given/{id}/next":    identity.RunScenarios,
	"POST /lessons/given/{id}/back":    identity.RunScenarios,
	"POST /lessons/given/{id}/again":   identity.RunScenarios,
	"POST /lessons/given/{id}/end":     identity.RunScenarios,
	"GET /class":                       identity.ReadSimulator,
	"GET /class/live":                  identity.ReadSimulator,
	"POST /class/end":                  identity.SteerSimulator,
	"GET /class/wall":                  identity.ReadSimulator,
	"GET /class/wall/live":             identity.ReadSimulator,
	"GET /join":                        gate.Open,
	"POST /join":                       gate.Open,
	"POST /join/buy":                   gate.Open,
	"GET /join/live":                   gate.Open,
	"GET /join/follow":                 gate.Open,
	"GET /join/follow/live":            gate.Open,
	"GET /docs/teach":                  gate.Open,
	"GET /sim/banks/{bic}":             identity.ReadSimulator,
	"PATCH /sim/banks/{bic}":           identity.SteerSimulator,
	"POST /sim/banks/{bic}/settle":     identity.SteerSimulator,
	"POST /sim/banks/{bic}/offline":    identity.SteerSimulator,
	"POST /sim/banks/{bic}/online":     identity.SteerSimulator,
	"POST /sim/banks/{bic}/plant":      identity.SteerSimulator,
	"POST /sim/payments/{id}/simulate": identity.SimulatePayments,
	"POST /sim/payments/{id}/customer": identity.SimulatePayments,
	"POST /sim/payments/{id}/bank":     identity.SimulatePayments,
	"POST /sim/payments/{id}/dispute":  identity.SteerSimulator,
	"POST /sim/disputes/{id}/decide":   identity.SteerSimulator,

	// The token of a WebSocket may be in its first message; see graph.Fields.
	"POST /graphql":               gate.ByField,
	"GET /graphql":                gate.Open,
	"GET /graphql/schema.graphql": gate.Open,

	"GET /livez":                 gate.Open,
	"GET /readyz":                gate.Open,
	"GET /metrics":               identity.ReadMeters,
	"POST /oauth/token":          gate.Open,
	"POST /oauth/revoke":         gate.Open,
	"POST /oauth/introspect":     gate.Open,
	"GET /oauth/authorize":       gate.Open,
	"POST /oauth/authorize":      gate.Open,
	"GET /sign-in":               gate.Open,
	"GET /signed-in":             gate.Open,
	"GET /signed-out":            gate.Open,
	"POST /sign-out":             gate.Open,
	"GET /.well-known/jwks.json": gate.Open,
	"GET /.well-known/oauth-authorization-server": gate.Open,
	"GET /.well-known/api-catalog":                gate.Open,
	"GET /openapi.yaml":                           gate.Open,
	"GET /openapi.json":                           gate.Open,
	"GET /asyncapi.yaml":                          gate.Open,
	"GET /asyncapi.json":                          gate.Open,
	"GET /banks.schema.json":                      gate.Open,
	"GET /scenarios.schema.json":                  gate.Open,
	"GET /docs":                                   gate.Open,
	"GET /docs/search":                            gate.Open,
	"GET /docs/recipes":                           gate.Open,
	"GET /docs/recipes/{recipe}":                  gate.Open,
	"GET /docs/http":                              gate.Open,
	"GET /docs/http/{chapter}":                    gate.Open,
	"GET /docs/streams":                           gate.Open,
	"GET /docs/amqp":                              gate.Open,
	"GET /docs/channels":                          gate.Open,
	"GET /docs/webhooks":                          gate.Open,
	"GET /docs/roles":                             gate.Open,
	"GET /docs/steer":                             gate.Open,
	"GET /docs/command-line":                      gate.Open,
	"GET /docs/keep":                              gate.Open,
	"GET /docs/stripe":                            gate.Open,
	"GET /docs/mollie":                            gate.Open,
	"GET /docs/monitor":                           gate.Open,
	"GET /docs/tests":                             gate.Open,
	"GET /docs/scenarios":                         gate.Open,
	"GET /docs/check-list":                        gate.Open,
	"GET /docs/proxy":                             gate.Open,
	"GET /docs/side-by-side":                      gate.Open,
	"GET /docs/money":                             gate.Open,
	"GET /docs/banks":                             gate.Open,
	"GET /docs/sign-in":                           gate.Open,
	"GET /docs/webhooks/check":                    gate.Open,
	"POST /docs/webhooks/check":                   gate.Open,
	"GET /docs/{sheet}.css":                       gate.Open,
	"ANY /look/":                                  gate.Open,

	// The customer has no account: the token in the path is what opens them.
	"GET /pay/{token}":          gate.Open,
	"POST /pay/{token}":         gate.Open,
	"GET /pay/{token}/review":   gate.Open,
	"POST /pay/{token}/confirm": gate.Open,
	"POST /pay/{token}/cancel":  gate.Open,
	"GET /pay/{token}/live":     gate.Open,

	// The dashboard: for people, who see their merchant's things, or everything.
	"GET /":                                            identity.ReadPayments,
	"GET /payments/{id}":                               identity.ReadPayments,
	"GET /search":                                      identity.ReadPayments,
	"GET /new-payment":                                 identity.WritePayments,
	"POST /new-payment":                                identity.WritePayments,
	"POST /webhooks":                                   identity.WriteWebhooks,
	"POST /webhooks/{id}/delete":                       identity.WriteWebhooks,
	"GET /payments/{id}/sequence":                      identity.ReadPayments,
	"GET /payments/{id}/scenario":                      identity.ReadPayments,
	"GET /payments/{id}/live":                          identity.ReadPayments,
	"GET /payments/{id}/hops/{hop}":                    identity.ReadPayments,
	"POST /payments/{id}/customer":                     identity.SimulatePayments,
	"POST /payments/{id}/bank":                         identity.SimulatePayments,
	"GET /dashboard/stream":                            identity.ReadPayments,
	"GET /banks":                                       identity.ReadPayments,
	"GET /banks/live":                                  identity.ReadPayments,
	"POST /banks/{bic}/offline":                        identity.SteerSimulator,
	"POST /banks/{bic}/online":                         identity.SteerSimulator,
	"POST /banks/{bic}/plant":                          identity.SteerSimulator,
	"GET /ledger":                                      identity.ReadLedger,
	"GET /ledger/accounts/{account}":                   identity.ReadLedger,
	"GET /settlements":                                 identity.ReadLedger,
	"GET /settlements/{id}/file":                       identity.ReadLedger,
	"GET /settlements/{id}":                            identity.ReadLedger,
	"GET /breaks":                                      identity.ReadLedger,
	"GET /breaks/{id}":                                 identity.ReadLedger,
	"GET /reconciliation":                              identity.ReadLedger,
	"POST /payouts":                                    identity.WriteLedger,
	"POST /breaks/{id}/claim":                          identity.WriteLedger,
	"POST /breaks/{id}/write-off":                      identity.WriteLedger,
	"POST /banks/{bic}/settle":                         identity.SteerSimulator,
	"POST /webhooks/{id}/edit":                         identity.WriteWebhooks,
	"POST /webhooks/{id}/test":                         identity.WriteWebhooks,
	"POST /banks/{bic}/temper":                         identity.SteerSimulator,
	"POST /banks/{bic}/reset":                          identity.SteerSimulator,
	"POST /payments/{id}/cancel":                       identity.WritePayments,
	"POST /payments/{id}/dispute":                      identity.SteerSimulator,
	"POST /payments/{id}/expire":                       identity.SteerSimulator,
	"GET /payouts":                                     identity.ReadMoney,
	"GET /payouts/{id}":                                identity.ReadMoney,
	"GET /disputes":                                    identity.ReadMoney,
	"GET /disputes/{id}":                               identity.ReadMoney,
	"POST /disputes/{id}/evidence":                     identity.WritePayments,
	"POST /disputes/{id}/win":                          identity.SteerSimulator,
	"POST /disputes/{id}/lose":                         identity.SteerSimulator,
	"POST /payments/{id}/capture":                      identity.WritePayments,
	"POST /payments/{id}/void":                         identity.WritePayments,
	"POST /payments/{id}/refund":                       identity.WritePayments,
	"GET /events":                                      identity.ReadEvents,
	"GET /problems":                                    gate.Open,
	"GET /problems/{code}":                             gate.Open,
	"GET /faults":                                      identity.ReadSimulator,
	"POST /faults":                                     identity.BreakSimulator,
	"POST /faults/{id}/end":                            identity.BreakSimulator,
	"GET /holds":                                       identity.ReadPayments,
	"POST /holds":                                      identity.SimulatePayments,
	"POST /holds/{id}/end":                             identity.SimulatePayments,
	"POST /held/{id}":                                  identity.SimulatePayments,
	"POST /step":                                       identity.SimulatePayments,
	"POST /payments/{id}/hold":                         identity.SimulatePayments,
	"POST /payments/{id}/step":                         identity.SimulatePayments,
	"GET /events/live":                                 identity.ReadEvents,
	"GET /dashboard/head":                              identity.ReadPayments,
	"GET /messages":                                    identity.ReadSimulator,
	"GET /messages/live":                               identity.ReadSimulator,
	"GET /dead-letters":                                identity.ReadSimulator,
	"POST /dead-letters/{id}/replay":                   identity.WriteLetters,
	"POST /dead-letters/{id}/discard":                  identity.WriteLetters,
	"GET /webhooks":                                    identity.ReadWebhooks,
	"GET /webhooks/{id}":                               identity.ReadWebhooks,
	"GET /webhooks/{id}/deliveries/{delivery}":         identity.ReadWebhooks,
	"GET /webhooks/{id}/deliveries/{delivery}/live":    identity.ReadWebhooks,
	"POST /webhooks/{id}/enable":                       identity.WriteWebhooks,
	"POST /webhooks/{id}/disable":                      identity.WriteWebhooks,
	"POST /webhooks/{id}/resend-failed":                identity.WriteWebhooks,
	"POST /webhooks/{id}/deliveries/{delivery}/resend": identity.WriteWebhooks,
	"POST /webhooks/{id}/deliveries/{delivery}/edit":   identity.WriteWebhooks,
}

var (
	narrowed = regexp.MustCompile(`\{(\w+):[^}]*\}`)
	hashed   = regexp.MustCompile(`^/docs/[0-9a-f]+\.css$`)
)

// mounted are the routes that the router has, HEAD left out.
func mounted(t *testing.T, r *mux.Router) (list []string) {
	t.Helper()
	err := r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		if route.GetHandler() == nil {
			return nil // a group of routes, which come by themselves
		}
		path, err := route.GetPathTemplate()
		if err != nil {
			return err
		}
		path = hashed.ReplaceAllString(narrowed.ReplaceAllString(path, "{$1}"), "/docs/{sheet}.css")
		methods, err := route.GetMethods()
		if err != nil {
			methods = []string{"ANY"}
		}
		for _, method := range methods {
			if method != http.MethodHead {
				list = append(list, method+" "+path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestRoutes_EveryOneStandsInTheTable(t *testing.T) {
	list := mounted(t, made(t, Config{People: People{SignIn: true}}).Routes())
	for _, route := range list {
		if _, ok := routeAccess[route]; !ok {
			t.Errorf("%s is in no table: say in routeAccess who may call it", route)
		}
	}
	needs := map[string]identity.Permission{}
	for _, r := range gatedRoutes() {
		needs[r.Method+" "+r.Path] = r.Needs
	}
	for route, want := range routeAccess {
		if !slices.Contains(list, route) {
			t.Errorf("%s is in the table, and not there", route)
		}
		if got, gated := needs[route]; gated && got != want || !gated && want != gate.Open {
			t.Errorf("%s asks for %q, and should for %q", route, got, want)
		}
	}
}
