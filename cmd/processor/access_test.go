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
			t.Errorf("%s: %v", key, err)
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

func TestRun_RefusesClientsThatCannotBeAUser(t *testing.T) {
	for _, id := range []string{"", "a.b", "*", "#", "guest", "a b", "ä", strings.Repeat("x", 65)} {
		var errs bytes.Buffer
		if code := run(t.Context(), []string{"--addr", "127.0.0.1:0", "--client", id + ":long-enough-secret:Shop"}, io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), "--client") {
			t.Errorf("%q: exit code %d: %s", id, code, errs.String())
		}
	}
}
