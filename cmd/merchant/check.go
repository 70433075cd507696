package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sandbank/merchant/check"
	"sandbank/merchant/rule"
	"sandbank/secret"
	"sandbank/webhook"
)

// checkCommand grades a merchant's own server.
type checkCommand struct {
	SelfTest     bool        `help:"Grade the demo shop, which has to keep every rule, and a naive one, which has to break every rule."`
	Dialect      string      `enum:",stripe" default:"" placeholder:"stripe" help:"The API that your server speaks, where it is not Sandbank's own: stripe."`
	Webhook      string      `placeholder:"URL" help:"Your webhook endpoint."`
	Order        string      `placeholder:"URL" help:"An order at your server, with {reference} or {payment} where the payment's is. It answers JSON with the order's state, or a page."`
	Buy          string      `placeholder:"URL" help:"A page of yours whose first form begins a payment. It is submitted as it stands."`
	Create       string      `placeholder:"URL" help:"Or an address at which a POST begins a payment."`
	CreateBody   string      `placeholder:"TEXT" help:"Body of --create, JSON or a form. Default: empty."`
	StartCommand string      `placeholder:"COMMAND" help:"Starts your server, in a shell, with SANDBANK_URL, SANDBANK_CLIENT_ID, SANDBANK_CLIENT_SECRET and SANDBANK_WEBHOOK_SECRET in its environment. It is ended afterwards. Without it your server has to run already."`
	Wait         string      `placeholder:"URL" help:"Answers with 2xx when your server is ready. Default: it is ready when it accepts connections."`
	Addr         string      `placeholder:"HOST:PORT" help:"Where your server finds Sandbank, also that of --url, so that it can be cut off from it. Default: 127.0.0.1:8080; with --start-command a free port."`
	Secret       secret.Text `name:"webhook-secret" help:"Signing secret of the webhooks, which your server has, too. Default: a new one for --start-command."`

	URL            string      `name:"url" placeholder:"URL" help:"A Sandbank that runs already. Its time stands still while it is checked, and is more than a day later afterwards. Default: one of the check's own, in this process."`
	StripeURL      string      `name:"stripe-url" placeholder:"URL" help:"Where --url speaks Stripe's API, with --dialect stripe."`
	Merchant       string      `name:"client-id" default:"demo-shop" help:"The merchant's client id, at --url: that which your server has."`
	MerchantSecret secret.Text `name:"client-secret" default:"demo-shop-secret" help:"Its secret."`
	Operator       string      `name:"operator-id" default:"demo-operator" help:"The operator's client id, at --url."`
	OperatorSecret secret.Text `name:"operator-secret" default:"demo-operator-secret" help:"Its secret."`

	State        string      `placeholder:"MEMBER" help:"Where the state is in the order's JSON, such as order.status. Default: state or status, also in order."`
	StatePattern *regexpFlag `placeholder:"REGEXP" help:"Finds the state in a page, as its first group. Default: the attribute data-order-state."`
	Pending      []string    `placeholder:"WORD,…" help:"Words of an order that is not decided."`
	Paid         []string    `placeholder:"WORD,…" help:"Words of one that is paid."`
	Shipped      []string    `placeholder:"WORD,…" help:"Words of one that is shipped."`
	Canceled     []string    `placeholder:"WORD,…" help:"Words of one that is over without money."`
	Returned     []string    `placeholder:"WORD,…" help:"Words of one whose money went back or is disputed."`

	Patience time.Duration `default:"45s" help:"How long an order is waited for, in the computer's time: a server that asks by a timer of its own needs as long as that."`
	Within   time.Duration `default:"3s" help:"How long the answer to a webhook may take."`
	Timeout  time.Duration `default:"15m" help:"How long the whole check may take."`
	Skip     []string      `placeholder:"RULE,…" help:"Rules that do not apply to your server. The report says that they were skipped."`
	JUnit    string        `name:"junit" placeholder:"FILE" help:"Write the report as JUnit's XML."`
	JSON     string        `name:"json" placeholder:"FILE" help:"Write it as JSON."`
	HTML     string        `name:"html" placeholder:"FILE" help:"Write it as one page."`

	trust *tls.Config
}

// Help is shown by check --help.
func (*checkCommand) Help() string {
	return `Grades your own server against rules, on a Sandbank that it starts in this process, or on one that runs at --url: it has payments begun at your server, has them end in all ways, tells of them in all ways, and looks at what your order says. /docs/check-list has the rules and an example.

Exit codes: 0 all rules hold, 1 a rule fails, 2 usage, 4 something could not be run, 5 it took too long.`
}

// Run grades, and prints the report.
func (c *checkCommand) Run(ctx context.Context, to output) error {
	skip, err := c.usage()
	if err != nil {
		return &exitError{exitUsage, err}
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	var list []check.Report
	if c.SelfTest {
		list, err = c.selfTest(ctx, skip)
	} else {
		list, err = c.yours(ctx, to, skip)
	}
	for _, r := range list {
		err = errors.Join(err, check.Text(to.out, r))
	}
	if err == nil {
		err = c.write(list)
	}
	switch {
	case err != nil:
		return notDone(ctx, err)
	case c.SelfTest:
		return judgeSelf(list, skip)
	}
	return judge(list[0])
}

// notDone is the error, with its exit code, of a check that came to no report. Whatever was not ready when the time
// was over, the cause is the time.
func notDone(ctx context.Context, err error) error {
	if over := ctx.Err(); errors.Is(over, context.DeadlineExceeded) && !errors.Is(err, over) {
		err = fmt.Errorf("%w: %w", over, err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &exitError{exitTimedOut, err}
	}
	return &exitError{exitNotRun, err}
}

const dialectStripe = "stripe"

// usage checks what goes together.
func (c *checkCommand) usage() (skip []rule.ID, err error) {
	known := rule.IDs()
	if c.Dialect == dialectStripe {
		known = rule.StripeIDs()
	}
	for _, word := range c.Skip {
		if !slices.Contains(known, rule.ID(word)) {
			return nil, fmt.Errorf("--skip %s: there is no such rule; the rules are %s", word, names(known))
		}
		skip = append(skip, rule.ID(word))
	}
	switch {
	case c.Patience <= 0 || c.Within <= 0 || c.Timeout <= 0:
		return nil, errors.New("--patience, --within and --timeout must be more than 0")
	case c.Within >= webhook.Timeout:
		return nil, fmt.Errorf("--within %s: must be less than %s, after which an answer counts as none", c.Within, webhook.Timeout)
	case c.SelfTest && (c.URL != "" || c.Webhook != "" || c.Order != "" || c.Buy != "" || c.Create != "" || c.StartCommand != ""):
		return nil, errors.New("--self-test grades shops of its own: it goes with no address of yours")
	case c.SelfTest && c.Dialect != "":
		return nil, errors.New("--self-test grades shops of Sandbank's own API: it goes with no --dialect")
	case c.SelfTest:
		return skip, nil
	case c.Dialect == dialectStripe && (c.URL == "") != (c.StripeURL == ""):
		return nil, errors.New("--dialect stripe needs --stripe-url with --url, and neither where the Sandbank is the check's own")
	case c.Webhook == "" || c.Order == "" || (c.Buy == "") == (c.Create == ""):
		return nil, errors.New("--webhook, --order, and one of --buy and --create are required; or --self-test")
	case !strings.Contains(c.Order, "{reference}") && !strings.Contains(c.Order, "{payment}") && !strings.Contains(c.Order, "{session}"):
		return nil, fmt.Errorf("--order %s: must have {reference} or {payment} in it", c.Order)
	case c.URL != "" && c.StartCommand == "" && c.Addr == "":
		return nil, errors.New("--addr is required with --url without --start-command: it is the address that your server has to use as its Sandbank, so that it can be cut off")
	case c.StartCommand == "" && c.Secret == "":
		return nil, errors.New("--webhook-secret is required without --start-command: it is the secret with which your server verifies webhooks")
	}
	return skip, nil
}

func names(list []rule.ID) string {
	text := make([]string, len(list))
	for i, id := range list {
		text[i] = string(id)
	}
	return strings.Join(text, ", ")
}

// judge is the error, with its exit code, that a report comes to; nil where every rule holds.
func judge(r check.Report) error {
	code := codeOf(r.Count(check.Failed), r.Count(check.TimedOut), r.Count(check.NotRun))
	if code == 0 {
		return nil
	}
	return &exitError{code, fmt.Errorf("%d of %d rules hold", r.Count(check.Held), len(r.Verdicts))}
}

// judgeSelf holds the demo shop to keeping every rule, and the naive one to breaking every rule.
func judgeSelf(list []check.Report, skip []rule.ID) error {
	want := slices.DeleteFunc(rule.IDs(), func(id rule.ID) bool { return slices.Contains(skip, id) })
	if err := judge(list[0]); err != nil {
		return err
	}
	if got := list[1].Failing(); !slices.Equal(got, want) {
		return &exitError{exitFailed, fmt.Errorf("the naive shop fails %q, expected %q", names(got), names(want))}
	}
	return nil
}

// write writes the reports that are asked for.
func (c *checkCommand) write(list []check.Report) error {
	return writeReports(list, []fileOf[[]check.Report]{{c.JUnit, check.JUnit}, {c.JSON, check.JSON}, {c.HTML, check.Page}})
}
