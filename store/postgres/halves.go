package postgres

import (
	"maps"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/reason"
	"sandbank/sim"
	"sandbank/telemetry/trace"
)

// A payment is kept in two halves: what it was created with, which is written once, and what its steps change. With all of
// it in one document, each step wrote again what had not changed, and that was half of what it wrote.

// terms are the lasting half, in payments. Only another API's merchant changes any of it later.
type terms struct {
	ID            string              `json:"id"`
	Merchant      string              `json:"merchant"`
	Amount        money.Amount        `json:"amount"`
	Reference     string              `json:"reference"`
	Description   string              `json:"description,omitempty"`
	ReturnURL     string              `json:"return_url"`
	Return        payment.ReturnMode  `json:"return,omitempty"`
	Metadata      map[string]string   `json:"metadata,omitempty"`
	FirstBank     string              `json:"first_bank"`
	FirstBankName string              `json:"first_bank_name,omitempty"`
	BankFixed     bool                `json:"bank_fixed"`
	MaxAttempts   int                 `json:"max_attempts"`
	CreatedAt     time.Time           `json:"created_at"`
	ExpiresAt     time.Time           `json:"expires_at"`
	CaptureMode   payment.CaptureMode `json:"capture,omitempty"`
	Foreign       *payment.Foreign    `json:"foreign,omitempty"`
	Origin        payment.Origin      `json:"origin"`
}

// state is the half that changes, in states. What seldom changes comes first: the server writes what of a row differs from
// its last version, from the first difference to the last.
type state struct {
	Simulation      *payment.Simulation `json:"simulation,omitempty"`
	Attempts        []payment.Attempt   `json:"attempts,omitempty"`
	Operations      []payment.Operation `json:"operations,omitempty"`
	Disputes        []payment.Dispute   `json:"disputes,omitempty"`
	Touched         []sim.Touch         `json:"touched,omitempty"`
	Reason          *reason.Reason      `json:"reason,omitempty"`
	Bank            string              `json:"bank"`
	BankName        string              `json:"bank_name,omitempty"`
	Route           payment.Route       `json:"route,omitempty"`
	Trace           trace.Context       `json:"trace,omitempty"`
	AuthorizedUntil time.Time           `json:"authorized_until,omitzero"`
	Version         int64               `json:"version"`
	Status          payment.Status      `json:"status"`
	UpdatedAt       time.Time           `json:"updated_at"`
	DueAt           time.Time           `json:"due_at,omitzero"`
}

func termsOf(p *payment.Payment) terms {
	return terms{
		ID: p.ID, Merchant: p.Merchant, Amount: p.Amount, Reference: p.Reference, Description: p.Description,
		ReturnURL: p.ReturnURL, Return: p.Return, Metadata: p.Metadata, FirstBank: p.FirstBank, FirstBankName: p.FirstBankName,
		BankFixed: p.BankFixed, MaxAttempts: p.MaxAttempts, CreatedAt: p.CreatedAt, ExpiresAt: p.ExpiresAt,
		CaptureMode: p.CaptureMode, Foreign: p.Foreign, Origin: p.Origin,
	}
}

func stateOf(p *payment.Payment) state {
	return state{
		Simulation: p.Simulation, Attempts: p.Attempts, Operations: p.Operations, Disputes: p.Disputes, Touched: p.Touched,
		Reason: p.Reason, Bank: p.Bank, BankName: p.BankName, Route: p.Route, Trace: p.Trace, AuthorizedUntil: p.AuthorizedUntil,
		Version: p.Version, Status: p.Status, UpdatedAt: p.UpdatedAt, DueAt: p.DueAt,
	}
}

// whole puts the halves together.
func whole(t *terms, s *state) payment.Payment {
	return payment.Payment{
		ID: t.ID, Merchant: t.Merchant, Amount: t.Amount, Reference: t.Reference, Description: t.Description,
		ReturnURL: t.ReturnURL, Return: t.Return, Metadata: t.Metadata, FirstBank: t.FirstBank, FirstBankName: t.FirstBankName,
		BankFixed: t.BankFixed, MaxAttempts: t.MaxAttempts, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt,
		CaptureMode: t.CaptureMode, Foreign: t.Foreign, Origin: t.Origin,
		Simulation: s.Simulation, Attempts: s.Attempts, Operations: s.Operations, Disputes: s.Disputes, Touched: s.Touched,
		Reason: s.Reason, Bank: s.Bank, BankName: s.BankName, Route: s.Route, Trace: s.Trace, AuthorizedUntil: s.AuthorizedUntil,
		Version: s.Version, Status: s.Status, UpdatedAt: s.UpdatedAt, DueAt: s.DueAt,
	}
}

// halves are the columns of a payment, with the tables as p and s; scanPayment reads them.
const (
	halves         = `p.doc, s.doc`
	selectPayments = `SELECT ` + halves + ` FROM states s JOIN payments p ON p.id = s.payment `
)

func scanPayment(row pgx.CollectableRow) (payment.Payment, error) {
	var first, second []byte
	if err := row.Scan(&first, &second); err != nil {
		return payment.Payment{}, err
	}
	return joined(first, second)
}

// scanPayments reads payments into a list.
func scanPayments(r pgx.Rows, list *[]payment.Payment) error {
	for r.Next() {
		p, err := scanPayment(r)
		if err != nil {
			return err
		}
		*list = append(*list, p)
	}
	return r.Err()
}

func joined(first, second []byte) (payment.Payment, error) {
	var t terms
	var s state
	if err := json.Unmarshal(first, &t); err != nil {
		return payment.Payment{}, err
	}
	err := json.Unmarshal(second, &s)
	return whole(&t, &s), err
}

// same reports whether two payments have the same terms. One that another API has a part in may have changed behind
// a pointer, and counts as another.
func same(a, b *payment.Payment) bool {
	return a.Foreign == nil && b.Foreign == nil && a.ID == b.ID && a.Merchant == b.Merchant && a.Amount == b.Amount &&
		a.Reference == b.Reference && a.Description == b.Description && a.ReturnURL == b.ReturnURL && a.Return == b.Return &&
		maps.Equal(a.Metadata, b.Metadata) && a.FirstBank == b.FirstBank && a.FirstBankName == b.FirstBankName &&
		a.BankFixed == b.BankFixed && a.MaxAttempts == b.MaxAttempts && a.CreatedAt == b.CreatedAt && a.ExpiresAt == b.ExpiresAt &&
		a.CaptureMode == b.CaptureMode && a.Origin == b.Origin
}
