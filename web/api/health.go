package api

import (
	"net/http"

	"sandbank/identity"
	"sandbank/processor/routing"
	"sandbank/web/gate"
)

// BankList is the answer of GET /v1/banks.
type BankList struct {
	Data []routing.Bank `json:"data"`
}

func (a *API) listBanks(w http.ResponseWriter, _ *http.Request, _ gate.Call) error {
	return gate.Reply(w, http.StatusOK, BankList{a.Processor.Banks()})
}

// Health is the answer of /livez and /readyz.
type Health struct {
	Status string            `json:"status"` // "ok" or "not ready"
	Checks map[string]string `json:"checks,omitempty"`
}

func (a *API) live(w http.ResponseWriter, _ *http.Request, _ gate.Call) error {
	return gate.Reply(w, http.StatusOK, Health{Status: "ok"})
}

func (a *API) ready(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	h, status := Health{Status: "ok", Checks: map[string]string{}}, http.StatusOK
	for part, problem := range a.Ready(r.Context()) {
		h.Checks[part] = "ok"
		if problem != "" {
			h.Checks[part] = problem
			h.Status, status = "not ready", http.StatusServiceUnavailable
		}
	}
	return gate.Reply(w, status, h)
}

// Meters are what a monitor reads.
type Meters struct {
	Answer http.Handler
	// Open lets callers without a token read them, as on loopback.
	Open bool
	// Token finds whose a bearer token is.
	Token func(token string) (identity.Principal, error)
}

func (a *API) metrics(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	a.Meters.Answer.ServeHTTP(w, r)
	return nil
}

// monitored is how the callers of /metrics are authenticated.
func (a *API) monitored() *gate.Dialect {
	if a == nil {
		return nil
	}
	return &gate.Dialect{Authenticator: monitor{a.Meters}}
}

// monitor knows callers by their token, and takes one without for an auditor where the meters are open.
type monitor struct{ Meters }

// Authenticate implements [gate.Authenticator].
func (m monitor) Authenticate(r *http.Request) (identity.Principal, error) {
	if m.Open && r.Header.Get("Authorization") == "" {
		return identity.Principal{Role: identity.RoleAuditor}, nil
	}
	return m.Token(gate.Bearer(r.Header.Get("Authorization")))
}

// Named implements [gate.Authenticator].
func (monitor) Named(r *http.Request) string { return r.Header.Get(gate.MerchantHeader) }
