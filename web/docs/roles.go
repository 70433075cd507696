package docs

import (
	"strings"

	"sandbank/broker"
	"sandbank/identity"
	"sandbank/web/gate"
)

// Access has the programs' own tables: every route, page, button and field,
// with the permission it needs.
type Access struct {
	API, Dashboard []gate.Route
	Fields         []Need
	Stripe, Mollie Dialect
}

// Need is one thing and its permission.
type Need struct {
	Name  string
	Needs identity.Permission
}

// RolesView is the table of roles and permissions.
type RolesView struct {
	Frame
	Roles       []RoleView
	Permissions []PermissionView
	Groups      []AccessGroup
	Users       []UserView
	Clients     string // a command that one may copy
	Named       string // likewise
	Banks       string // likewise
}

// RoleView is a role in words.
type RoleView struct{ Name, Text, How string }

// PermissionView is one row of the table.
type PermissionView struct {
	Name, Text string
	Cells      []Cell
}

// Cell is whether a role has a permission.
type Cell struct {
	Role string
	May  bool
}

// AccessGroup is all things of one transport.
type AccessGroup struct {
	Name, Anchor string
	Rows         []AccessRow
}

// AccessRow is a route, page, button or field, its permission, and the roles
// that have it.
type AccessRow struct{ Name, Needs, Roles string }

// UserView is a user of the broker: regular expressions over names, and over
// routing keys.
type UserView struct {
	Role, Configure, Write, Read string
	Topics                       []broker.Topic
}

// roleWords say what each role is for, and how one gets it.
var roleWords = map[identity.Role][2]string{
	identity.RoleMerchant:       {"A merchant's own server: it makes payments and hears of them.", "--client ID:SECRET:NAME"},
	identity.RoleMerchantReader: {"Reads and listens for one merchant, and changes nothing.", "--reader ID:SECRET:MERCHANT"},
	identity.RoleOperator:       {"Runs scenarios: steers the simulator, replays dead letters, acts for any merchant it names.", "--staff ID:SECRET:operator"},
	identity.RoleBank:           {"Answers requests, over AMQP alone.", "--bank-user NAME:PASSWORD:BIC"},
	identity.RoleAuditor:        {"Sees everything, of every merchant, and changes nothing.", "--staff ID:SECRET:auditor"},
	identity.RoleAdministrator:  {"Everything that people may do.", "--staff ID:SECRET:administrator"},
}

// permissionWords say what each permission is for.
var permissionWords = map[identity.Permission]string{
	identity.ReadPayments: "see payments, and the banks", identity.WritePayments: "create, capture, void, cancel and refund payments",
	identity.SimulatePayments: "say what happens on purpose to payments, and hold them on their way", identity.RunScenarios: "have scenarios run in the dashboard, on a Sandbank of their own",
	identity.ReadEvents: "list events, and listen to them on every channel", identity.ReadWebhooks: "see webhook endpoints and what was sent to them",
	identity.WriteWebhooks: "make and change endpoints, send again", identity.ReadMoney: "see a merchant's settlements, payouts, disputes and statements",
	identity.ReadLedger: "see the whole book, of all merchants", identity.WriteLedger: "book corrections", identity.ReadSimulator: "see what is the simulator's own: messages, dead letters, faults, clock",
	identity.SteerSimulator: "steer banks and clock", identity.BreakSimulator: "have something go wrong on purpose, and end it",
	identity.OpenMerchants:  "make merchants for a while, and end them",
	identity.ResetSimulator: "put everything back to the beginning or to a snapshot, and take one", identity.WriteLetters: "replay and discard dead letters",
	identity.ReadAudit: "read who did what", identity.ReadMeters: "read the meters of a processor", identity.AnswerRequests: "answer as a bank",
}

func roles(base string, a Access) RolesView {
	v := RolesView{
		Frame:   Frame{Section: "roles"},
		Clients: "processor --client shop-a:$SECRET:\"Shop A\" --reader till:$SECRET:shop-a --staff ann:$SECRET:operator",
		Named:   "curl -s " + base + "/v1/payments -H \"Authorization: Bearer $TOKEN\" -H '" + gate.MerchantHeader + ": demo-shop'",
		Banks: "processor --amqp-url amqp://processor:$PASSWORD@host:5672/ --amqp-admin-url http://administrator:$PASSWORD@host:15672 \\\n" +
			"  --bank-user acme:$SECRET:SANDNL2A+SLOWDE2A …\nbank --amqp-url amqp://acme:$SECRET@host:5672/ --banks SANDNL2A,SLOWDE2A",
	}
	for _, r := range identity.Roles() {
		v.Roles = append(v.Roles, RoleView{string(r), roleWords[r][0], roleWords[r][1]})
	}
	for _, p := range identity.Permissions() {
		row := PermissionView{Name: string(p), Text: permissionWords[p]}
		for _, r := range identity.Roles() {
			row.Cells = append(row.Cells, Cell{string(r), r.May(p)})
		}
		v.Permissions = append(v.Permissions, row)
	}
	fields := AccessGroup{Name: "GraphQL", Anchor: "graphql"}
	for _, f := range a.Fields {
		fields.Rows = append(fields.Rows, accessRow(f.Name, f.Needs))
	}
	v.Groups = []AccessGroup{
		routesOf("HTTP", "routes", a.API), fields, routesOf("Mollie's API", "mollie", a.Mollie.Routes), routesOf("Stripe's API", "stripe", a.Stripe.Routes), routesOf("Dashboard", "pages", a.Dashboard),
	}
	for _, r := range broker.Roles() {
		u := broker.Access(r, "USER", "", "ID")
		v.Users = append(v.Users, UserView{string(r), u.Configure, u.Write, u.Read, u.Topics})
	}
	return v
}

func routesOf(name, anchor string, list []gate.Route) AccessGroup {
	g := AccessGroup{Name: name, Anchor: anchor}
	for _, r := range list {
		g.Rows = append(g.Rows, accessRow(r.Method+" "+r.Path, r.Needs))
	}
	return g
}

func accessRow(name string, needs identity.Permission) AccessRow {
	switch needs {
	case gate.Open:
		return AccessRow{name, "nothing", "anyone"}
	case gate.ByField:
		return AccessRow{name, "a token", "see GraphQL below"}
	}
	var able []string
	for _, r := range identity.Roles() {
		if r.May(needs) {
			able = append(able, string(r))
		}
	}
	return AccessRow{name, string(needs), strings.Join(able, ", ")}
}
