package dashboard

import (
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/scenario/lesson"
	"sandbank/web/gate"
	"sandbank/web/host"
	"sandbank/web/look"
)

// route is a page or a button with its permission.
type route struct {
	method, path string
	needs        identity.Permission
	action       audit.Action // the button's name in the audit log
	handle       func(http.ResponseWriter, *http.Request) error
}

// routes is the one table of all of them.
func (d *Dashboard) routes() []route {
	return []route{
		{http.MethodGet, "/", identity.ReadPayments, "", d.list},
		{http.MethodGet, "/search", identity.ReadPayments, "", d.search},
		{http.MethodGet, "/new-payment", identity.WritePayments, "", d.newPayment},
		{http.MethodPost, "/new-payment", identity.WritePayments, audit.PaymentCreate, d.create},
		{http.MethodGet, "/payments/{id}", identity.ReadPayments, "", d.payment},
		{http.MethodGet, "/payments/{id}/scenario", identity.ReadPayments, "", d.scenario},
		{http.MethodGet, "/payments/{id}/sequence", identity.ReadPayments, "", d.sequenceFile},
		{http.MethodGet, "/payments/{id}/live", identity.ReadPayments, "", d.live},
		{http.MethodGet, "/payments/{id}/hops/{hop}", identity.ReadPayments, "", d.hop},
		{http.MethodGet, "/dashboard/stream", identity.ReadPayments, "", d.stream},
		{http.MethodGet, "/dashboard/head", identity.ReadPayments, "", d.head},
		{http.MethodPost, "/clock", identity.SteerSimulator, audit.SimulatorSteer, d.steerClock},
		{http.MethodGet, "/banks", identity.ReadPayments, "", d.banks},
		{http.MethodGet, "/banks/live", identity.ReadPayments, "", d.banksLive},
		{http.MethodPost, "/banks/{bic}/settle", identity.SteerSimulator, audit.SimulatorSteer, d.tell(wire.CommandSettle)},
		{http.MethodPost, "/banks/{bic}/offline", identity.SteerSimulator, audit.SimulatorSteer, d.offline},
		{http.MethodPost, "/banks/{bic}/online", identity.SteerSimulator, audit.SimulatorSteer, d.tell(wire.CommandOnline)},
		{http.MethodPost, "/banks/{bic}/temper", identity.SteerSimulator, audit.SimulatorSteer, d.temper},
		{http.MethodPost, "/banks/{bic}/reset", identity.SteerSimulator, audit.SimulatorSteer, d.tell(wire.CommandReset)},
		{http.MethodPost, "/banks/{bic}/plant", identity.SteerSimulator, audit.SimulatorSteer, d.plant},
		{http.MethodGet, "/ledger", identity.ReadLedger, "", d.ledger},
		{http.MethodGet, "/ledger/accounts/{account}", identity.ReadLedger, "", d.statement},
		{http.MethodGet, "/settlements", identity.ReadLedger, "", d.settlements},
		{http.MethodGet, "/settlements/{id}", identity.ReadLedger, "", d.settlement},
		{http.MethodGet, "/settlements/{id}/file", identity.ReadLedger, "", d.settlementFile},
		{http.MethodGet, "/breaks", identity.ReadLedger, "", d.breaks},
		{http.MethodGet, "/breaks/{id}", identity.ReadLedger, "", d.oneBreak},
		{http.MethodPost, "/breaks/{id}/claim", identity.WriteLedger, audit.BreakClaim, d.claim},
		{http.MethodPost, "/breaks/{id}/write-off", identity.WriteLedger, audit.BreakWriteOff, d.writeOff},
		{http.MethodGet, "/reconciliation", identity.ReadLedger, "", d.reconciliation},
		{http.MethodGet, "/payouts", identity.ReadMoney, "", d.payouts},
		{http.MethodPost, "/payouts", identity.WriteLedger, audit.PayoutCreate, d.payOut},
		{http.MethodGet, "/payouts/{id}", identity.ReadMoney, "", d.payout},
		{http.MethodGet, "/disputes", identity.ReadMoney, "", d.disputes},
		{http.MethodGet, "/disputes/{id}", identity.ReadMoney, "", d.dispute},
		{http.MethodPost, "/disputes/{id}/evidence", identity.WritePayments, audit.DisputeRespond, d.respond},
		{http.MethodPost, "/disputes/{id}/win", identity.SteerSimulator, audit.SimulatorSteer, d.decide(payment.DisputeWon)},
		{http.MethodPost, "/disputes/{id}/lose", identity.SteerSimulator, audit.SimulatorSteer, d.decide(payment.DisputeLost)},
		{http.MethodPost, "/payments/{id}/capture", identity.WritePayments, audit.PaymentCapture, d.operate(payment.OpCapture)},
		{http.MethodPost, "/payments/{id}/void", identity.WritePayments, audit.PaymentVoid, d.operate(payment.OpVoid)},
		{http.MethodPost, "/payments/{id}/cancel", identity.WritePayments, audit.PaymentCancel, d.cancel},
		{http.MethodPost, "/payments/{id}/dispute", identity.SteerSimulator, audit.SimulatorSteer, d.openDispute},
		{http.MethodPost, "/payments/{id}/expire", identity.SteerSimulator, audit.SimulatorSteer, d.expire},
		{http.MethodPost, "/payments/{id}/customer", identity.SimulatePayments, audit.PaymentSimulate, d.actCustomer},
		{http.MethodPost, "/payments/{id}/bank", identity.SimulatePayments, audit.PaymentSimulate, d.actBank},
		{http.MethodPost, "/payments/{id}/refund", identity.WritePayments, audit.PaymentRefund, d.operate(payment.OpRefund)},
		{http.MethodGet, "/events", identity.ReadEvents, "", d.events},
		{http.MethodGet, "/events/live", identity.ReadEvents, "", d.eventsLive},
		{http.MethodGet, "/webhooks", identity.ReadWebhooks, "", d.hooks},
		{http.MethodPost, "/webhooks", identity.WriteWebhooks, audit.EndpointCreate, d.addHook},
		{http.MethodGet, "/webhooks/{id}", identity.ReadWebhooks, "", d.hook},
		{http.MethodPost, "/webhooks/{id}/delete", identity.WriteWebhooks, audit.EndpointDelete, d.press(d.removeHook)},
		{http.MethodPost, "/webhooks/{id}/enable", identity.WriteWebhooks, audit.EndpointUpdate, d.press(d.enable(true))},
		{http.MethodPost, "/webhooks/{id}/disable", identity.WriteWebhooks, audit.EndpointUpdate, d.press(d.enable(false))},
		{http.MethodPost, "/webhooks/{id}/edit", identity.WriteWebhooks, audit.EndpointUpdate, d.editHook},
		{http.MethodPost, "/webhooks/{id}/test", identity.WriteWebhooks, audit.EndpointTest, d.testHook},
		{http.MethodPost, "/webhooks/{id}/resend-failed", identity.WriteWebhooks, audit.EndpointResend, d.press(d.resendFailed)},
		{http.MethodGet, "/webhooks/{id}/deliveries/{delivery}", identity.ReadWebhooks, "", d.delivery},
		{http.MethodGet, "/webhooks/{id}/deliveries/{delivery}/live", identity.ReadWebhooks, "", d.deliveryLive},
		{http.MethodPost, "/webhooks/{id}/deliveries/{delivery}/resend", identity.WriteWebhooks, audit.DeliveryResend, d.press(d.resend)},
		{http.MethodPost, "/webhooks/{id}/deliveries/{delivery}/edit", identity.WriteWebhooks, audit.DeliveryEdit, d.press(d.sendEdited)},
		{http.MethodGet, "/faults", identity.ReadSimulator, "", d.faults},
		{http.MethodPost, "/faults", identity.BreakSimulator, audit.FaultBegin, d.beginFault},
		{http.MethodPost, "/faults/{id}/end", identity.BreakSimulator, audit.FaultEnd, d.endFault},
		{http.MethodGet, "/holds", identity.ReadPayments, "", d.holds},
		{http.MethodPost, "/holds", identity.SimulatePayments, audit.HoldBegin, d.beginHold},
		{http.MethodPost, "/holds/{id}/end", identity.SimulatePayments, audit.HoldEnd, d.endHold},
		{http.MethodPost, "/held/{id}", identity.SimulatePayments, audit.HoldMove, d.moveHeld},
		{http.MethodPost, "/step", identity.SimulatePayments, audit.HoldMove, d.step},
		{http.MethodPost, "/payments/{id}/hold", identity.SimulatePayments, audit.HoldBegin, d.holdPayment},
		{http.MethodPost, "/payments/{id}/step", identity.SimulatePayments, audit.HoldMove, d.stepPayment},
		{http.MethodGet, "/scenarios", identity.ReadPayments, "", d.scenarios},
		{http.MethodGet, "/scenarios/open", identity.ReadPayments, "", d.openFile},
		{http.MethodPost, "/scenarios/open", identity.ReadPayments, audit.ScenarioRead, d.readSent},
		{http.MethodPost, "/scenarios/runs", identity.RunScenarios, audit.ScenarioRun, d.beginRun},
		{http.MethodGet, "/scenarios/runs/{id}", identity.ReadPayments, "", d.run},
		{http.MethodGet, "/scenarios/runs/{id}/live", identity.ReadPayments, "", d.runLive},
		{http.MethodPost, "/scenarios/runs/{id}/stop", identity.RunScenarios, audit.ScenarioStop, d.stopRun},
		{http.MethodGet, "/scenarios/runs/{id}/{n}", identity.ReadPayments, "", d.runItem},
		{http.MethodGet, "/scenarios/{name}", identity.ReadPayments, "", d.scenarioOf},
		{http.MethodGet, "/scenarios/{name}/file", identity.ReadPayments, "", d.scenarioFile},
		{http.MethodGet, "/lessons", identity.ReadPayments, "", d.lessons},
		{http.MethodPost, "/lessons", identity.RunScenarios, audit.LessonBegin, d.beginLesson},
		{http.MethodGet, "/lessons/{name}", identity.ReadPayments, "", d.lessonCover},
		{http.MethodGet, "/lessons/given/{id}", identity.ReadPayments, "", d.present},
		{http.MethodGet, "/lessons/given/{id}/notes", identity.ReadPayments, "", d.lessonNotes},
		{http.MethodGet, "/lessons/given/{id}/live", identity.ReadPayments, "", d.lessonLive},
		{http.MethodPost, "/lessons/given/{id}/next", identity.RunScenarios, audit.LessonMove, d.moveLesson((*lesson.Board).Next)},
		{http.MethodPost, "/lessons/given/{id}/back", identity.RunScenarios, audit.LessonMove, d.moveLesson((*lesson.Board).Back)},
		{http.MethodPost, "/lessons/given/{id}/again", identity.RunScenarios, audit.LessonMove, d.moveLesson((*lesson.Board).Again)},
		{http.MethodPost, "/lessons/given/{id}/end", identity.RunScenarios, audit.LessonEnd, d.endLesson},
		{http.MethodGet, "/class", identity.ReadSimulator, "", d.classPage},
		{http.MethodGet, "/class/live", identity.ReadSimulator, "", d.classLive},
		{http.MethodPost, "/class/end", identity.SteerSimulator, audit.ClassEnd, d.endClass},
		{http.MethodGet, "/class/wall", identity.ReadSimulator, "", d.wall},
		{http.MethodGet, "/class/wall/live", identity.ReadSimulator, "", d.wallLive},
		{http.MethodGet, "/messages", identity.ReadSimulator, "", d.messages},
		{http.MethodGet, "/messages/live", identity.ReadSimulator, "", d.messagesLive},
		{http.MethodGet, "/dead-letters", identity.ReadSimulator, "", d.letters},
		{http.MethodPost, "/dead-letters/{id}/replay", identity.WriteLetters, audit.LetterReplay, d.settleLetter(true)},
		{http.MethodPost, "/dead-letters/{id}/discard", identity.WriteLetters, audit.LetterDiscard, d.settleLetter(false)},
		{http.MethodGet, "/audit", identity.ReadAudit, "", d.audit},
		{http.MethodGet, "/problems", gate.Open, "", d.problems},
		{http.MethodGet, "/problems/{code}", gate.Open, "", d.problem},
	}
}

// queries are the parameters of the pages that have any, by path.
var queries = map[string][]string{
	"/":                          slices.Concat(listFilters, []string{"before"}),
	"/search":                    {"q"},
	"/dashboard/stream":          slices.Concat(listFilters, []string{"state"}),
	"/dashboard/head":            {"tiles"},
	"/payments/{id}":             {"view", "unfold"},
	"/payments/{id}/live":        {"view", "unfold", "state"},
	"/payments/{id}/sequence":    {"format", "view"},
	"/banks":                     {"told", "bank"},
	"/ledger/accounts/{account}": {"before"},
	"/settlements":               {"before"},
	"/settlements/{id}":          {"before", "after"},
	"/settlements/{id}/file":     {"format"},
	"/breaks":                    {"status", "before"},
	"/payouts":                   {"before"},
	"/payouts/{id}":              {"after"},
	"/disputes":                  {"before"},
	"/webhooks":                  {"did"},
	"/webhooks/{id}":             {"status", "before", "did"},
	"/events":                    {"type", "before"},
	"/events/live":               {"type", "after"},
	"/messages":                  {"rows"},
	"/scenarios/open":            {"payment"},
	"/scenarios/{name}":          {"case"},
	"/class/wall":                {"payment"},
	"/class/wall/live":           {"payment"},
	"/audit":                     {"kind", "actor", "action", "object", "outcome", "from", "to", "before"},
}

// asked refuses a query with a parameter that the page does not take.
func (r route) asked(w http.ResponseWriter, q *http.Request) error {
	if err := gate.CheckTyped(q, queries[r.path]); err != nil {
		return err
	}
	return r.handle(w, q)
}

// Routes lists the pages and buttons with their permissions, without a dashboard
// behind them.
func Routes() (list []gate.Route) {
	for _, r := range (*Dashboard)(nil).routes() {
		list = append(list, gate.Route{Method: r.method, Path: r.path, Query: queries[r.path], Needs: r.needs, Action: r.action})
	}
	return list
}

// Mount adds the pages and buttons. Buttons take no post from another site.
func (d *Dashboard) Mount(r *mux.Router) {
	for _, route := range d.routes() {
		h := d.page(route.asked)
		if route.needs != gate.Open {
			h = d.needs(route.needs, route.asked)
		}
		methods := []string{http.MethodGet, http.MethodHead}
		if route.method != http.MethodGet {
			h, methods = d.button(route), []string{route.method}
		}
		r.Handle(route.path, look.SecureHeaders(h)).Methods(methods...)
	}
}

// button does something: it takes no post from another site, and is recorded.
func (d *Dashboard) button(route route) http.Handler {
	own := host.OwnForms(d.Base)
	return d.page(func(w http.ResponseWriter, r *http.Request) error {
		r, act := d.begin(w, r, route.action)
		err := own.Check(r)
		if err != nil {
			err = fault.New(fault.Forbidden, "origin_foreign", "Another site's page may not press this button.").Because(err)
		} else {
			err = d.permitted(route.needs, whole(route.asked))(w, r)
		}
		d.Gate.End(act, err)
		return err
	})
}

// whole refuses a form that cannot be read, before anything is taken from it: what
// does not parse is not an empty field.
func whole(do func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			return fault.New(fault.Invalid, "form_invalid", "The form did not arrive whole, or cannot be read; nothing was done.").Because(err)
		}
		return do(w, r)
	}
}

// begin opens the audit record of a button.
func (d *Dashboard) begin(w http.ResponseWriter, r *http.Request, action audit.Action) (*http.Request, *audit.Act) {
	if d.Gate == nil {
		return r, nil
	}
	id := d.Gate.Chance.ID("rid", d.Clock.Now())
	w.Header().Set("X-Request-Id", id)
	r, act := d.Gate.Begin(r, action, audit.Actor{Kind: audit.Nobody}, id)
	if p, ok := d.who(r); ok {
		by := gate.ActorOf(p)
		if p.Person == "" {
			by = audit.Actor{Kind: audit.Local}
		}
		act.By(by, string(p.Role), p.Merchant.ID)
	}
	return r, act
}
