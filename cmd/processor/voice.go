package main

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"sandbank/bank"
	"sandbank/certificate"
	"sandbank/clock"
	"sandbank/cmd/internal/terminal"
	"sandbank/dialect/mollie"
	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/node"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/webhook"
)

// voice tells a person the course of events, in words a newcomer follows.
type voice struct {
	settings
	mu    sync.Mutex
	out   io.Writer
	quiet bool
	json  *slog.Logger // instead of words
	paint terminal.Paint
}

func newVoice(s settings, to output) *voice {
	v := &voice{settings: s, out: to.out, quiet: s.Quiet, paint: terminal.For(to.out)}
	if s.LogFormat == "json" {
		v.json = slog.New(slog.NewJSONHandler(to.out, nil))
	}
	return v
}

func (v *voice) say(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, _ = fmt.Fprintf(v.out, format+"\n", args...)
}

// observer hears of every step, or is nil where nobody wants to.
func (v *voice) observer() func(processor.Narration) {
	if v.quiet {
		return nil
	}
	return v.step
}

// hooks hears of every try of a webhook, or is nil where nobody wants to.
func (v *voice) hooks() func(webhook.Tried) {
	if v.quiet {
		return nil
	}
	return (&hookVoice{wall: clock.Real{}, say: v.hook, failing: map[string]*failing{}}).heard
}

// step tells one step of one payment.
func (v *voice) step(n processor.Narration) {
	if n.Settled != nil {
		v.settled(n.At, *n.Settled)
		return
	}
	if n.PaidOut != nil {
		v.paidOut(n.At, *n.PaidOut)
		return
	}
	if v.json != nil {
		line := v.json
		if n.Trace != "" {
			line = line.With("trace_id", n.Trace)
		}
		line.Info("payment", "payment", n.Payment, "status", n.Status, "merchant", n.Merchant, "reference", n.Reference,
			"amount", n.Amount, "bank", n.Bank, "why", n.Why)
		return
	}
	v.say("%s  %s  %s  %s  %s%s", n.At.Format("15:04:05.000"), v.paint.Status(string(n.Status), fmt.Sprintf("%-15s", n.Status)), n.Payment, n.Amount, n.Reference, inWords(n))
}

// settled tells of a bank's batch, unless it pays for nothing: most of them do, in most currencies.
func (v *voice) settled(at time.Time, s settlement.Settlement) {
	switch {
	case s.Lines == 0 && s.Breaks == 0:
	case v.json != nil:
		v.json.Info("settlement", "settlement", s.ID, "bank", s.Bank, "status", s.Status, "lines", s.Lines, "net", s.Net, "open_breaks", s.OpenBreaks)
	default:
		v.say("%s  %-15s  %s  %s · %s pays for %d lines, open breaks: %d", at.Format("15:04:05.000"), "settlement", s.ID, s.Net, s.Bank, s.Lines, s.OpenBreaks)
	}
}

// paidOut tells of money that leaves for a merchant, and of its arrival.
func (v *voice) paidOut(at time.Time, o settlement.Payout) {
	if v.json != nil {
		v.json.Info("payout", "payout", o.ID, "merchant", o.Merchant, "status", o.Status, "amount", o.Amount, "items", o.Items, "arrives_at", o.ArrivesAt)
		return
	}
	words := fmt.Sprintf("leaves for %s, %d items, arrives %s", o.Merchant, o.Items, o.ArrivesAt.Format("2006-01-02 15:04 UTC"))
	if o.Status == settlement.PayoutPaid {
		words = "has arrived at " + o.Merchant
	}
	v.say("%s  %-15s  %s  %s · %s", at.Format("15:04:05.000"), "payout", o.ID, o.Amount, words)
}

func inWords(n processor.Narration) string {
	if later := laterSteps(n); later != "" {
		return " · " + later
	}
	switch n.Status {
	case payment.Created:
		if n.Why != "" {
			return " · " + n.Why + ", the customer may try again"
		}
		return " · waits for the customer, bank " + n.Bank
	case payment.Processing:
		return " · " + n.Method + ", asked " + n.Bank
	case payment.ActionRequired:
		return " · " + n.Bank + " asks the customer to confirm"
	case payment.Captured:
		return " · " + n.Bank + " approved, booked"
	case payment.Abandoned:
		return " · the customer never finished; nobody is told"
	case payment.Declined, payment.Failed, payment.Canceled, payment.Authorized, payment.Voided:
	}
	if n.Why != "" {
		return " · " + n.Why
	}
	return ""
}

// laterSteps says what happened to a payment that had been approved before: an
// operation or a dispute. Its status says nothing of that.
func laterSteps(n processor.Narration) string {
	if len(n.Told) == 0 && n.Asked != "" {
		return n.Asked + ", asked " + n.Bank
	}
	var steps []string
	for _, eventType := range n.Told {
		if subject, what, _ := strings.Cut(eventType, "."); subject != "payment" && subject != "attempt" {
			steps = append(steps, subject+" "+strings.ReplaceAll(what, "_", " "))
		}
	}
	return strings.Join(steps, ", ")
}

// welcome says what runs where, and what to do first.
func (v *voice) welcome(n *node.Node, took time.Duration) {
	if v.quiet {
		return
	}
	if v.json != nil {
		v.json.Info("ready", "url", n.URL(), "shop", n.ShopURL(), "amqp", n.AMQPAddr(), "stripe", n.StripeURL(), "milliseconds", took.Milliseconds(), "banks", len(n.Banks()), "seed", v.node.Seed)
		return
	}
	var b strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	line("Sandbank: a payment processor that moves nobody's money.")
	line("")
	line("  Dashboard   %s/", n.URL())
	if n.ShopURL() != "" {
		line("  Demo shop   %s/", n.ShopURL())
	}
	line("  API         %s/v1", n.URL())
	if at := n.StripeURL(); at != "" {
		line("  Stripe      %s  (for programs with Stripe's libraries; %s/docs/stripe)", at, n.URL())
	}
	if v.node.Class != nil {
		line("  Class       %s/class  (its code, for phones; students join at %s/join)", n.URL(), n.URL())
	}
	line("  Mollie      %s/mollie/v2/  (for programs with Mollie's libraries; %s/docs/mollie)", n.URL(), n.URL())
	line("  Docs        %s/docs", n.URL())
	line("  %s", v.engines(n))
	for _, s := range n.Sinks() {
		line("  %s", s.Where)
	}
	if at := n.RedirectAddr(); at != "" {
		line("  Plain HTTP  http://%s leads to HTTPS", at)
	}
	if v.node.Seed != 0 {
		line("  Seed        %d: the same commands give the same run", v.node.Seed)
	}
	line("")
	v.trust(line, v.node.HTTP.TLS.Authority)
	v.banks(line, n.Banks())
	line("Development credentials (never real ones), for HTTP, and those of a merchant for AMQP:")
	for _, c := range n.Clients() {
		line("  client %-13s  secret %-20s  %s", c.ID, c.Secret.Reveal(), whose(c))
	}
	if v.node.People.SignIn {
		line("")
		line("The dashboard asks people to sign in, at %s/sign-in.", n.URL())
	}
	for _, one := range n.Shown() {
		line("  person %s  password %s  %s", one.Name, one.Password.Reveal(), one.Role)
	}
	v.stripe(line, n)
	v.mollie(line, n)
	line("")
	line("Make a payment, then open its checkout_url and pay with card 4242 4242 4242 4242:")
	line("")
	for _, l := range strings.Split(n.Curl(), "\n") {
		line("  %s", l)
	}
	line("")
	line("Ready in %d ms. Ctrl-C ends it.", took.Milliseconds())
	v.say("%s", b.String())
}

// stripe says the merchants' keys for Stripe's API.
func (v *voice) stripe(line func(string, ...any), n *node.Node) {
	if n.StripeURL() == "" {
		return
	}
	line("")
	line("Keys for Stripe's API at %s, in its test mode:", n.StripeURL())
	for _, c := range n.Clients() {
		if k := stripe.KeysOf(c); c.Role == identity.RoleMerchant || c.Role == "" {
			line("  client %-13s  %s", c.ID, k.Secret)
			line("  %-20s  %s", "", k.Publishable)
		}
	}
}

// mollie says the merchants' keys for Mollie's API.
func (v *voice) mollie(line func(string, ...any), n *node.Node) {
	line("")
	line("Keys for Mollie's API at %s/mollie/v2/, in its test mode:", n.URL())
	for _, c := range n.Clients() {
		if c.Role == identity.RoleMerchant || c.Role == "" {
			line("  client %-13s  %s", c.ID, mollie.KeyOf(c))
		}
	}
}

// whose describes a client in a few words.
func whose(c identity.Client) string {
	switch {
	case !c.Role.OfMerchant():
		return string(c.Role)
	case c.Role == identity.RoleMerchantReader:
		return "reads for " + c.Merchant.Name
	}
	return c.Merchant.Name
}

// trust says how to have programs trust the authority.
func (v *voice) trust(line func(string, ...any), a *certificate.Authority) {
	switch {
	case a == nil:
		return
	case a.Path == "":
		line("The certificate's authority is in memory, since no folder could be written; --data FOLDER keeps it. Until then: curl -k.")
	default:
		line("To trust the certificate, which is good for this machine and its public host only:")
		line("  curl       --cacert %s", node.ShellQuoted(a.Path))
		line("  Go, PHP …  export SSL_CERT_FILE=%s", node.ShellQuoted(a.Path))
		line("  Node       export NODE_EXTRA_CA_CERTS=%s", node.ShellQuoted(a.Path))
		line("  Python     export REQUESTS_CA_BUNDLE=%s", node.ShellQuoted(a.Path))
		line("  Browsers   import it as an authority for web sites; take it out again when you are done")
	}
	line("")
}

func (v *voice) banks(line func(string, ...any), banks []bank.Temper) {
	if len(banks) == 0 {
		return
	}
	line("Banks:")
	for _, t := range banks {
		line("  %s  %-16s  %s", t.Identifier, t.Name, t.Behavior)
	}
	line("")
}

// engines says which broker and database are at work.
func (v *voice) engines(n *node.Node) string {
	if n.AMQPURL() == "" {
		return "AMQP        RabbitMQ;  database PostgreSQL"
	}
	kept := "in memory, gone at the end; --data FOLDER keeps it"
	if v.Data != "" {
		kept = "in " + v.Data
	}
	secure := ""
	if at := n.AMQPSAddr(); at != "" {
		secure = fmt.Sprintf("\n              amqps://%s:%s@%s/", node.BrokerUser, node.BrokerPassword, at)
	}
	return fmt.Sprintf("AMQP        %s  (embedded; any AMQP 0-9-1 client may connect)%s\n  Data        %s", n.AMQPURL(), secure, kept)
}

func (v *voice) leaving(span time.Duration) {
	if !v.quiet && v.json == nil {
		v.say("\nTold to end: /readyz says so, and all goes on for %s.", span)
	}
}

func (v *voice) goodbye() {
	if !v.quiet && v.json == nil {
		v.say("\nFinishing what is in hand.")
	}
}
