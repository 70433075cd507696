// Command stripego walks with Stripe's own library for Go, unmodified, through whole checkouts on the hosted page: webhooks whose
// signature the library checks, refund, capture, dispute, payout and expiry by the clock. Its tests build it on older versions of
// the library as well, by another name in the import and without the All of lists, which those do not have.
//
//	stripego BASE STRIPE_BASE SHOP_KEY OPERATOR_KEY AUTHORITY
//
// AUTHORITY is the file of who vouches for both addresses.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"
)

func main() {
	log.SetFlags(log.Lshortfile)
	base, at := os.Args[1], os.Args[2]
	must(os.Setenv("SSL_CERT_FILE", os.Args[5])) // of this program alone: the go command that built it trusts the computer's
	backends := stripe.NewBackendsWithConfig(&stripe.BackendConfig{URL: &at, LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull}})
	s := &walk{
		ctx: context.Background(), base: base, told: make(chan stripe.Event, 1000),
		shop:     stripe.NewClient(os.Args[3], stripe.WithBackends(backends)),
		operator: stripe.NewClient(os.Args[4], stripe.WithBackends(backends)),
	}
	server := httptest.NewServer(s)
	defer server.Close()
	endpoint, err := s.shop.V1WebhookEndpoints.Create(s.ctx, &stripe.WebhookEndpointCreateParams{URL: stripe.String(server.URL), EnabledEvents: stripe.StringSlice([]string{"*"})})
	must(err)
	s.secret = endpoint.Secret
	s.sells()
	s.capturesByHand()
	s.isRefused()
	s.disputes()
	s.expires()
	s.isPaidOut()
	_, err = s.shop.V1WebhookEndpoints.Delete(s.ctx, endpoint.ID, nil)
	must(err)
	fmt.Println("walked with stripe-go", stripe.ClientVersion)
}

type walk struct {
	ctx            context.Context
	base           string
	shop, operator *stripe.Client
	secret         string
	told           chan stripe.Event
}

func must(err error) {
	if err != nil {
		_ = log.Output(2, err.Error())
		os.Exit(1)
	}
}

func hold(ok bool, what string, seen ...any) {
	if !ok {
		_ = log.Output(2, fmt.Sprint(what, " does not hold: ", fmt.Sprintf("%+v", seen)))
		os.Exit(1)
	}
}

// ServeHTTP takes webhooks. The signature is over the bytes as they came.
func (s *walk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	must(err)
	event, err := webhook.ConstructEvent(body, r.Header.Get("Stripe-Signature"), s.secret)
	must(err)
	s.told <- event
}

// hears waits for a webhook about a session, an intent or what belongs to one.
func (s *walk) hears(eventType, id string) map[string]any {
	for e := range s.told {
		o := e.Data.Object
		if string(e.Type) == eventType && (o["id"] == id || o["payment_intent"] == id) {
			return o
		}
	}
	return nil
}

func (s *walk) session() *stripe.CheckoutSession {
	made, err := s.shop.V1CheckoutSessions.Create(s.ctx, &stripe.CheckoutSessionCreateParams{
		Mode: stripe.String(string(stripe.CheckoutSessionModePayment)), ClientReferenceID: stripe.String("order-1042"),
		SuccessURL: stripe.String("https://shop.example/done?s={CHECKOUT_SESSION_ID}"), CancelURL: stripe.String("https://shop.example/cart"),
		LineItems: []*stripe.CheckoutSessionCreateLineItemParams{{
			Quantity: stripe.Int64(1), PriceData: &stripe.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: stripe.String("eur"), UnitAmount: stripe.Int64(1999),
				ProductData: &stripe.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: stripe.String("Teapot")},
			},
		}},
	})
	must(err)
	hold(strings.HasPrefix(made.URL, s.base+"/pay/"), "a page", made.URL)
	return made
}

func (s *walk) sells() {
	made := s.session()
	s.pays(made.URL, "4242424242424242")
	s.hears("checkout.session.completed", made.ID)
	params := &stripe.CheckoutSessionRetrieveParams{}
	params.AddExpand("line_items")
	params.AddExpand("payment_intent.latest_charge")
	paid, err := s.shop.V1CheckoutSessions.Retrieve(s.ctx, made.ID, params)
	must(err)
	hold(paid.PaymentStatus == "paid" && paid.LineItems.Data[0].Description == "Teapot" && paid.PaymentIntent.LatestCharge.PaymentMethodDetails.Card.Last4 == "4242", "paid", paid)
	refund, err := s.shop.V1Refunds.Create(s.ctx, &stripe.RefundCreateParams{PaymentIntent: stripe.String(paid.PaymentIntent.ID), Amount: stripe.Int64(500)})
	must(err)
	s.hears("charge.refunded", paid.PaymentIntent.ID)
	refund, err = s.shop.V1Refunds.Retrieve(s.ctx, refund.ID, nil)
	must(err)
	hold(refund.Status == "succeeded" && refund.Amount == 500, "refunded", refund)
	seen := 0
	for i, err := range s.shop.V1PaymentIntents.List(s.ctx, &stripe.PaymentIntentListParams{ListParams: stripe.ListParams{Limit: stripe.Int64(1)}}).All(s.ctx) {
		must(err)
		if seen++; i.ID == paid.PaymentIntent.ID {
			break
		}
	}
	hold(seen > 0, "listed", seen)
}

// confirmed makes PaymentIntents until the bank decided about one while the answer waited for it: on a busy machine it may take
// longer.
func (s *walk) confirmed(method string, more stripe.PaymentIntentCreateParams) (*stripe.PaymentIntent, error) {
	more.Amount, more.Currency, more.PaymentMethod, more.Confirm = stripe.Int64(1000), stripe.String("eur"), stripe.String(method), stripe.Bool(true)
	for {
		asked := more // the library gives a request an idempotency key of its own
		made, err := s.shop.V1PaymentIntents.Create(s.ctx, &asked)
		if err != nil || made.Status != stripe.PaymentIntentStatusProcessing {
			return made, err
		}
	}
}

func (s *walk) capturesByHand() {
	held, err := s.confirmed("pm_card_visa", stripe.PaymentIntentCreateParams{CaptureMethod: stripe.String("manual")})
	must(err)
	hold(held.Status == stripe.PaymentIntentStatusRequiresCapture, "held", held)
	_, err = s.shop.V1PaymentIntents.Capture(s.ctx, held.ID, &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(400)})
	must(err)
	s.hears("payment_intent.succeeded", held.ID)
	taken, err := s.shop.V1PaymentIntents.Retrieve(s.ctx, held.ID, nil)
	must(err)
	hold(taken.AmountReceived == 400, "captured", taken)
	challenged, err := s.confirmed("pm_card_threeDSecure2Required", stripe.PaymentIntentCreateParams{ReturnURL: stripe.String("https://shop.example/back")})
	must(err)
	hold(challenged.NextAction != nil && challenged.NextAction.RedirectToURL.URL != "", "challenged", challenged)
	_, err = s.shop.V1PaymentIntents.Cancel(s.ctx, challenged.ID, nil)
	must(err)
}

func (s *walk) isRefused() {
	_, err := s.confirmed("pm_card_chargeDeclinedInsufficientFunds", stripe.PaymentIntentCreateParams{})
	var refused *stripe.Error
	hold(errors.As(err, &refused) && refused.Code == "card_declined" && refused.DeclineCode == "insufficient_funds", "declined", err)
	_, err = s.shop.V1PaymentIntents.Retrieve(s.ctx, "pi_nothing", nil)
	hold(errors.As(err, &refused) && refused.Code == "resource_missing" && refused.HTTPStatusCode == 404, "missing", err)
}

func (s *walk) disputes() {
	made := s.session()
	s.pays(made.URL, "4000000000000259")
	intent, _ := s.hears("checkout.session.completed", made.ID)["payment_intent"].(string)
	s.advance("1m")
	id, _ := s.hears("charge.dispute.created", intent)["id"].(string)
	_, err := s.shop.V1Disputes.Update(s.ctx, id, &stripe.DisputeUpdateParams{Evidence: &stripe.DisputeUpdateEvidenceParams{UncategorizedText: stripe.String("a receipt")}})
	must(err)
	s.advance("1m")
	status := s.hears("charge.dispute.closed", intent)["status"]
	hold(status == "won" || status == "lost", "decided", status)
}

func (s *walk) expires() {
	left := s.session()
	s.advance("25h")
	s.hears("checkout.session.expired", left.ID)
	left, err := s.shop.V1CheckoutSessions.Retrieve(s.ctx, left.ID, nil)
	must(err)
	hold(left.Status == stripe.CheckoutSessionStatusExpired, "expired", left)
}

func (s *walk) isPaidOut() {
	s.advance("36h") // by which the banks have settled
	pays := func(amount int64) (*stripe.Payout, error) {
		params := &stripe.PayoutCreateParams{Amount: &amount, Currency: stripe.String("eur")}
		params.SetStripeAccount("acct_demo-shop")
		return s.operator.V1Payouts.Create(s.ctx, params)
	}
	_, err := pays(1)
	settled := regexp.MustCompile(`(\d+) in minor units`).FindStringSubmatch(fmt.Sprint(err))
	hold(len(settled) == 2, "settled", err)
	amount, _ := strconv.ParseInt(settled[1], 10, 64)
	out, err := pays(amount)
	must(err)
	s.advance("72h")
	out, err = s.shop.V1Payouts.Retrieve(s.ctx, out.ID, nil)
	must(err)
	hold(out.Status == stripe.PayoutStatusPaid, "paid out", out)
}

// advance has the simulator's clock go on, by the house's own API.
func (s *walk) advance(by string) {
	answer, err := http.PostForm(s.base+"/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"demo-operator"}, "client_secret": {"demo-operator-secret"}})
	must(err)
	var token struct {
		Access string `json:"access_token"`
	}
	must(json.NewDecoder(answer.Body).Decode(&token))
	must(answer.Body.Close())
	q, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.base+"/sim/clock", strings.NewReader(`{"advance": {"by": "`+by+`"}}`))
	must(err)
	q.Header.Set("Authorization", "Bearer "+token.Access)
	q.Header.Set("Content-Type", "application/json")
	answer, err = http.DefaultClient.Do(q)
	must(err)
	said, _ := io.ReadAll(answer.Body)
	must(answer.Body.Close())
	hold(answer.StatusCode == http.StatusOK, "advanced", answer.Status, string(said))
}

// pays goes through the hosted page as a browser without scripts does.
func (s *walk) pays(page, number string) {
	jar, err := cookiejar.New(nil)
	must(err)
	browser := &http.Client{Jar: jar, CheckRedirect: func(q *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(q.URL.String(), s.base) { // the shop's own page
			return http.ErrUseLastResponse
		}
		return nil
	}}
	visit := func(answer *http.Response, err error) string {
		must(err)
		text, err := io.ReadAll(answer.Body)
		must(errors.Join(err, answer.Body.Close()))
		hold(answer.StatusCode < 400, "a page", answer.Status, string(text))
		return string(text)
	}
	hidden := func(text, name string) string {
		found := regexp.MustCompile(`name="` + name + `"[^>]*value="([^"]*)"`).FindStringSubmatch(text)
		hold(found != nil, "a hidden field", name, text)
		return found[1]
	}
	form := visit(browser.Get(page))
	review := visit(browser.PostForm(page, url.Values{
		"csrf": {hidden(form, "csrf")}, "method": {"card"}, "number": {number}, "exp": {"12/34"}, "csc": {"123"}, "name": {"A Customer"},
	}))
	visit(browser.PostForm(page+"/confirm", url.Values{"csrf": {hidden(review, "csrf")}, "instrument": {hidden(review, "instrument")}, "try": {hidden(review, "try")}}))
}
