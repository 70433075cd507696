package identity

import "strings"

// Role is the part that a caller plays. One table, [Role.May], holds the
// permissions of each role.
type Role string

// The roles. Merchant roles act for one merchant; the others have no merchant.
const (
	// RoleMerchant is a merchant's own server: it makes payments and hears of them.
	RoleMerchant Role = "merchant"
	// RoleMerchantReader reads and listens for one merchant, and changes nothing.
	RoleMerchantReader Role = "merchant_reader"
	// RoleOperator runs scenarios: it steers the simulator and acts for merchants.
	RoleOperator Role = "operator"
	// RoleBank answers requests as one bank, over AMQP.
	RoleBank Role = "bank"
	// RoleAuditor sees everything and changes nothing.
	RoleAuditor Role = "auditor"
	// RoleAdministrator may do everything that people may do.
	RoleAdministrator Role = "administrator"
)

// Permission is one permission that a route, a stream, a field or a queue
// requires.
type Permission string

// The permissions. Those on a merchant's things apply to one's own merchant or,
// for roles without a merchant, to the merchant that the request names.
const (
	ReadPayments   Permission = "payments:read"
	WritePayments  Permission = "payments:write" // create, capture, void, cancel, refund, answer disputes
	ReadEvents     Permission = "events:read"    // list and subscribe, on every channel
	ReadWebhooks   Permission = "webhooks:read"
	WriteWebhooks  Permission = "webhooks:write"
	ReadMoney      Permission = "money:read"   // one merchant's settlements, payouts, disputes, statements
	ReadLedger     Permission = "ledger:read"  // the whole book, all merchants
	WriteLedger    Permission = "ledger:write" // corrections of breaks
	ReadSimulator  Permission = "simulator:read"
	SteerSimulator Permission = "simulator:steer" // banks, clock
	BreakSimulator Permission = "simulator:break" // faults in the system, on purpose
	ResetSimulator Permission = "simulator:reset" // everything anew, from nothing or from a snapshot
	OpenMerchants  Permission = "merchants:open"  // at run time, for a while
	// SimulatePayments allows giving orders for what happens to a payment.
	SimulatePayments Permission = "payments:simulate"
	// RunScenarios allows having scenarios carried out, on a Sandbank of their own.
	RunScenarios   Permission = "scenarios:run"
	WriteLetters   Permission = "letters:write" // replay and discard dead letters
	ReadAudit      Permission = "audit:read"
	ReadMeters     Permission = "metrics:read"    // what a monitor reads
	AnswerRequests Permission = "requests:answer" // as a bank
)

var (
	reading = []Permission{ReadPayments, ReadEvents, ReadWebhooks, ReadMoney}
	acting  = append([]Permission{WritePayments, SimulatePayments, RunScenarios, WriteWebhooks}, reading...)
)

// granted is the table.
var granted = map[Role][]Permission{
	RoleMerchant:       acting,
	RoleMerchantReader: reading,
	RoleOperator:       append([]Permission{ReadLedger, WriteLedger, ReadSimulator, SteerSimulator, BreakSimulator, ResetSimulator, OpenMerchants, WriteLetters, ReadMeters}, acting...),
	RoleBank:           {AnswerRequests},
	RoleAuditor:        append([]Permission{ReadLedger, ReadSimulator, ReadAudit, ReadMeters}, reading...),
	RoleAdministrator:  append([]Permission{ReadLedger, WriteLedger, ReadSimulator, SteerSimulator, BreakSimulator, ResetSimulator, OpenMerchants, WriteLetters, ReadAudit, ReadMeters}, acting...),
}

// Roles lists the roles in the order of the table in the docs.
func Roles() []Role {
	return []Role{RoleMerchant, RoleMerchantReader, RoleOperator, RoleBank, RoleAuditor, RoleAdministrator}
}

// Permissions lists the permissions in the order of the table in the docs.
func Permissions() []Permission {
	return []Permission{
		ReadPayments, WritePayments, SimulatePayments, RunScenarios, ReadEvents, ReadWebhooks, WriteWebhooks, ReadMoney, ReadLedger, WriteLedger,
		ReadSimulator, SteerSimulator, BreakSimulator, ResetSimulator, OpenMerchants, WriteLetters, ReadAudit, ReadMeters, AnswerRequests,
	}
}

// May reports whether the role has a permission. An unknown role has none.
func (r Role) May(p Permission) bool {
	for _, has := range granted[r] {
		if has == p {
			return true
		}
	}
	return false
}

// Valid reports whether the role is one of [Roles].
func (r Role) Valid() bool { _, ok := granted[r]; return ok }

// OfMerchant reports whether the role acts for one merchant.
func (r Role) OfMerchant() bool { return r == RoleMerchant || r == RoleMerchantReader }

// Scope returns the role's permissions as OAuth writes them, separated by
// spaces.
func (r Role) Scope() string {
	var list []string
	for _, p := range Permissions() {
		if r.May(p) {
			list = append(list, string(p))
		}
	}
	return strings.Join(list, " ")
}
