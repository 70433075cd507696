package main

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker"
)

func TestRun_EmbeddedMerchantsListenWithTheirClientCredentials(t *testing.T) {
	said, end := embedded(t)
	defer end()
	at := regexp.MustCompile(`amqp://guest:guest@([0-9.:]+)/`).FindStringSubmatch(said)
	if at == nil {
		t.Fatal(said)
	}
	if _, err := amqp.Dial("amqp://demo-shop:wrong@" + at[1] + "/"); err == nil {
		t.Error("a wrong password was taken")
	}
	conn, err := amqp.Dial("amqp://demo-shop:demo-shop-secret@" + at[1] + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for key, allowed := range map[string]bool{broker.MerchantKey("demo-shop"): true, broker.MerchantKey("other-shop"): false} {
		ch, err := conn.Channel()
		if err != nil {
			t.Fatal(err)
		}
		q, err := ch.QueueDeclare(broker.MerchantQueue("demo-shop", "q"), true, false, false, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := ch.QueueBind(q.Name, key, broker.Events, false, nil); (err == nil) != allowed {
			t.Errorf("bound to %s: want it allowed %t, got %v", key, allowed, err)
		}
	}
}

func TestAccess_PrintsWhatAnAdministratorRuns(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"amqp-users", "--client", "shop-1:it's-a-secret:Shop", "--virtual-host", "pay"}, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	for _, line := range []string{
		`rabbitmqctl add_user shop-1 'it'\''s-a-secret'`,
		`rabbitmqctl set_topic_permissions --vhost pay shop-1 payment.events '^[^\s\S]$' '^[^.#]+\.[^.#]+\.shop-1$'`,
		`rabbitmqctl set_operator_policy --vhost pay --apply-to queues sandbank-merchants `,
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("%s is missing from:\n%s", line, out.String())
		}
	}
}

func TestAccess_PrintsBanksAndProcessorAsCommandsAndAsAFile(t *testing.T) {
	args := []string{"amqp-users", "--client", "shop-1:long-enough-secret:Shop", "--reader", "till:long-enough-secret:shop-1", "--staff", "op:long-enough-secret:operator",
		"--bank-user", "acme:long-enough-secret:SANDNL2A+SLOWDE2A", "--processor-user", "sandbank:long-enough-secret"}
	for format, words := range map[string][]string{
		"commands": {
			`set_topic_permissions --vhost / acme bank.results '^(SANDNL2A|SLOWDE2A)$'`, `add_user sandbank long-enough-secret`, `add_user till `,
			`set_permissions --vhost / acme '^bank\.(SANDNL2A|SLOWDE2A)$'`,
		},
		"definitions": {`"user": "acme"`, `"user": "sandbank"`, `"user": "till"`, `"password_hash"`},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), append(args, "--format", format), &out, &errs); code != 0 {
			t.Fatal(errs.String())
		}
		for _, word := range words {
			if !strings.Contains(out.String(), word) {
				t.Errorf("%s without %s:\n%s", format, word, out.String())
			}
		}
		if strings.Contains(out.String(), "op ") || strings.Contains(out.String(), `"op"`) {
			t.Errorf("an operator has a user:\n%s", out.String())
		}
	}
}

func TestRun_NamesWhatIsWrongWithABankUser(t *testing.T) {
	const secret = "hunter2hunter2"
	real := []string{"--amqp-url", "amqp://u:p@127.0.0.1:1/", "--database-url", "postgres://u@127.0.0.1:1/db"}
	for want, args := range map[string][]string{
		"--bank-user: write it as ID:SECRET:BIC": {"--bank-user", "acme:short:SANDNL2A"},
		`"sandnl2a" is no BIC`:                   {"--bank-user", "acme:" + secret + ":sandnl2a"},
		"--bank-user demo-shop: there is":        {"--bank-user", "demo-shop:" + secret + ":SANDNL2A"},
		"takes --amqp-admin-url":                 append([]string{"--bank-user", "acme:" + secret + ":SANDNL2A"}, real...),
		"banks in this process": append([]string{"--bank-user", "acme:" + secret + ":SANDNL2A", "--banks", "SANDNL2A",
			"--amqp-admin-url", "http://a:b@127.0.0.1:1"}, real...),
	} {
		var errs bytes.Buffer
		if code := run(t.Context(), append([]string{"--addr", "127.0.0.1:0"}, args...), io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), want) || strings.Contains(errs.String(), secret) {
			t.Errorf("want %q, exit code %d: %s", want, code, errs.String())
		}
	}
}

func TestRun_RefusesClientsThatCannotBeAUser(t *testing.T) {
	for _, id := range []string{"", "a.b", "*", "#", "guest", "a b", "ä", strings.Repeat("x", 65)} {
		var errs bytes.Buffer
		if code := run(t.Context(), []string{"--addr", "127.0.0.1:0", "--client", id + ":long-enough-secret:Shop"}, io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), "--client") {
			t.Errorf("%q: exit code %d: %s", id, code, errs.String())
		}
	}
}
