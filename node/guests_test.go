package node

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/audit"
	"sandbank/dialect/mollie"
	"sandbank/dialect/stripe"
	"sandbank/identity"
	"sandbank/secret"
)

// guestCast is a processor with a merchant that was made at run time.
func guestCast(t *testing.T, n *Node) (c *cast, id, secret string) {
	t.Helper()
	c = &cast{T: t, base: n.URL(), tokens: map[string]string{}}
	for _, one := range []identity.Client{identity.DemoOperator, identity.DemoShop, identity.DemoAuditor} {
		c.signIn(one.ID, one.Secret.Reveal())
	}
	code, body := c.send("demo-operator", "POST", "/sim/merchants", `{"name": "A Shop of its Own"}`, "")
	if code != 201 {
		t.Fatalf("made a merchant: want 201, got %d %s", code, body)
	}
	id, _ = member(t, body, "id").(string)
	secret, _ = member(t, body, "client_secret").(string)
	k := keysOf(identity.Client{ID: id, Secret: credential(secret)})
	for name, want := range map[string]string{"stripe_secret_key": k.StripeSecret, "stripe_publishable_key": k.StripePublishable, "mollie_api_key": k.Mollie} {
		if got := member(t, body, name); got != want {
			t.Errorf("%s is %v, and follows from its secret as %s", name, got, want)
		}
	}
	return c, id, secret
}

// signIn gets a client's token, and returns the status of the answer.
func (c *cast) signIn(id, secret string) int {
	c.Helper()
	code, body := c.send("", "POST", "/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}.Encode(), "")
	if code == 200 {
		c.tokens[id], _ = member(c.T, body, "access_token").(string)
	}
	return code
}

func mayListen(n *Node, id, secret string) error {
	conn, err := amqp.DialConfig(n.AMQPURL(), amqp.Config{SASL: []amqp.Authentication{&amqp.PlainAuth{Username: id, Password: secret}}})
	if err == nil {
		err = conn.Close()
	}
	return err
}

// A merchant that was made at run time is one like others, until it is ended: then its tokens, streams and user of the
// broker are nothing any more, at once.
func TestGuests_AreMerchantsUntilTheyAreEnded(t *testing.T) {
	n := started(t, Config{})
	c, id, secret := guestCast(t, n)
	if code := c.signIn(id, "wrong"+secret); code != 401 {
		t.Errorf("a wrong secret: want 401, got %d", code)
	}
	if code := c.signIn(id, secret); code != 200 {
		t.Fatalf("signed in: want 200, got %d", code)
	}
	code, body := c.send(id, "POST", "/v1/payments", order, "")
	if code != 202 {
		t.Fatalf("asked for a payment: want 202, got %d %s", code, body)
	}
	path := "/v1/payments/" + member(t, body, "id").(string)
	if code, _ := c.send("demo-shop", "GET", path, "", ""); code != 404 {
		t.Errorf("another merchant reads the payment: want 404, got %d", code)
	}
	if code, _ := c.send("demo-operator", "GET", path, "", id); code != 200 {
		t.Errorf("an operator reads it for its merchant: want 200, got %d", code)
	}
	if code, body := c.send(id, "POST", "/sim/merchants", "", ""); code != 403 {
		t.Errorf("it makes another one: want 403, got %d %s", code, body)
	}
	if err := mayListen(n, id, secret); err != nil {
		t.Errorf("it listens over AMQP: %v", err)
	}
	keys := c.dialects(n, id, secret)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.URL()+"/v1/events/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.tokens[id])
	stream, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil || stream.StatusCode != 200 {
		t.Fatalf("its stream: %v, %v", stream, err)
	}
	defer func() { _ = stream.Body.Close() }()

	if code, body := c.send("demo-operator", "DELETE", "/sim/merchants/"+id, "", ""); code != 204 {
		t.Fatalf("ended it: want 204, got %d %s", code, body)
	}
	for lines := bufio.NewScanner(stream.Body); lines.Scan(); { // until the stream ends
	}
	if code, _ := c.send(id, "GET", path, "", ""); code != 401 {
		t.Errorf("its token, afterwards: want 401, got %d", code)
	}
	if code := c.signIn(id, secret); code != 401 {
		t.Errorf("its secret, afterwards: want 401, got %d", code)
	}
	if mayListen(n, id, secret) == nil {
		t.Error("it listens over AMQP, afterwards")
	}
	for at, key := range keys {
		if code, body := c.keyed(at, key); code != 401 {
			t.Errorf("%s with its key, afterwards: want 401, got %d %s", at, code, body)
		}
	}
	_, body = c.send("demo-auditor", "GET", "/v1/audit?object="+id, "", "")
	for _, action := range []audit.Action{audit.MerchantOpen, audit.MerchantEnd} {
		if !strings.Contains(body, string(action)) {
			t.Errorf("the audit log has no %s of it: %s", action, body)
		}
	}
	if strings.Contains(body, secret) {
		t.Error("the audit log has its secret")
	}
}

// dialects has a merchant's keys for other APIs show its payment there, and nobody else's, and returns those that do, by
// what was asked.
func (c *cast) dialects(n *Node, id, secret string) map[string]string {
	c.Helper()
	k := keysOf(identity.Client{ID: id, Secret: credential(secret)})
	intents, payments := n.StripeURL()+"/v1/payment_intents", n.URL()+"/mollie/v2/payments"
	keys := map[string]string{intents: k.StripeSecret, payments: k.Mollie}
	first := map[string]string{intents: `"pi_`, payments: `"tr_`} // how the ids of payments begin there
	for at, key := range keys {
		if code, body := c.keyed(at, key); code != 200 || !strings.Contains(body, first[at]) {
			c.Errorf("%s with its key: want 200 and its payment, got %d %s", at, code, body)
		}
	}
	for at, key := range map[string]string{
		intents: stripe.KeysOf(identity.DemoShop).Secret, payments: mollie.KeyOf(identity.DemoShop),
	} {
		if code, body := c.keyed(at, key); code != 200 || strings.Contains(body, first[at]) {
			c.Errorf("%s with another merchant's key: want 200 without its payment, got %d %s", at, code, body)
		}
	}
	other := keysOf(identity.Client{ID: id, Secret: "wrong"})
	for at, key := range map[string]string{intents: other.StripeSecret, payments: other.Mollie, intents + "?limit=1": "sk_test_guest", payments + "?limit=1": "test_" + strings.Replace(id, "-", "", 1)} {
		if code, body := c.keyed(at, key); code != 401 {
			c.Errorf("%s with the key %s: want 401, got %d %s", at, key, code, body)
		}
	}
	return keys
}

func credential(text string) secret.Text { return secret.Text(text) } // where a variable has the package's name

// keyed reads from another API with a key.
func (c *cast) keyed(at, key string) (int, string) {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context(), http.MethodGet, at, nil)
	if err != nil {
		c.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	got, err := plain.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		c.Fatal(err)
	}
	return got.StatusCode, string(body)
}

// What others hold stays valid when everything begins anew.
func TestGuests_OutliveAReset(t *testing.T) {
	n := started(t, Config{})
	c, id, secret := guestCast(t, n)
	if code, body := c.send("demo-operator", "POST", "/sim/reset", "", ""); code >= 300 {
		t.Fatalf("reset: %d %s", code, body)
	}
	if code := c.signIn(id, secret); code != 200 {
		t.Errorf("signed in: want 200, got %d", code)
	}
	if err := mayListen(n, id, secret); err != nil {
		t.Errorf("it listens over AMQP: %v", err)
	}
}

func TestGuests_Refused(t *testing.T) {
	n := started(t, Config{SimulateOff: true})
	c := &cast{T: t, base: n.URL(), tokens: map[string]string{}}
	c.signIn("demo-operator", identity.DemoOperator.Secret.Reveal())
	for body, want := range map[string]string{
		`{}`: "simulation_off", `{"name": ""}`: "/name", `{"name": "4242 4242 4242 4242"}`: "/name", `{"name": "a\u0000b"}`: "/name", `{"name": "` + strings.Repeat("x", 61) + `"}`: "/name",
		`{"expires_in_seconds": 59}`: "/expires_in_seconds", `{"expires_in_seconds": 86401}`: "/expires_in_seconds", `{"expires_in_seconds": "1h"}`: "/expires_in_seconds",
		`{"expires_in_seconds": 0}`: "/expires_in_seconds", `{"secret": "mine"}`: "/secret", `{"id": "demo-shop"}`: "/id", `null`: "json_invalid",
	} {
		if code, got := c.send("demo-operator", "POST", "/sim/merchants", body, ""); code < 400 || code > 403 || !strings.Contains(got, want) {
			t.Errorf("%s: want %s, got %d %s", body, want, code, got)
		}
	}
}
