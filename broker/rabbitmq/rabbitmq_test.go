package rabbitmq_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.uber.org/goleak"

	"sandbank/broker"
	"sandbank/broker/rabbitmq"
	"sandbank/internal/engine"
	"sandbank/secret"
)

func TestMain(m *testing.M) { engine.Main(m, func() error { return goleak.Find() }) }

// as is the management API's address with other credentials.
func as(t *testing.T, address, user, password string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(user, password)
	return u.String()
}

func admin(t *testing.T, address, host string) *rabbitmq.Admin {
	t.Helper()
	a, err := rabbitmq.New(address, host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

const host = "shops/one" // the API takes it escaped

// One broker with the management plugin serves all cases: it takes long to start.
func TestGrant(t *testing.T) {
	server := engine.PrivateRabbitMQ(t, engine.RabbitMQOptions{Management: true})
	ctx, good := t.Context(), as(t, server.ManagementURL(), "guest", "guest")
	if _, err := server.AddVirtualHost(ctx, host); err != nil {
		t.Fatal(err)
	}
	user := broker.Access(broker.RoleMerchant, "demo-shop", "first-secret", "demo-shop")

	t.Run("grants what the table says", func(t *testing.T) {
		a := admin(t, good, host)
		for _, password := range []secret.Text{"first-secret", "second-secret"} { // again, with a new password
			user.Password = password
			if err := a.Grant(ctx, broker.MerchantBounds, user); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			list []string
			want []string
		}{
			{[]string{"list_user_permissions", "demo-shop"}, []string{host, user.Configure, user.Write, user.Read}},
			{[]string{"list_user_topic_permissions", "demo-shop"}, []string{host, broker.Events, user.Topics[0].Write, user.Topics[0].Read}},
			{[]string{"list_operator_policies", "--vhost", host}, []string{broker.PolicyName, "max-length", "expires", broker.MerchantBounds.Pattern}},
		} {
			out, err := server.Ctl(ctx, c.list...)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range c.want {
				if !strings.Contains(strings.ReplaceAll(out, `\\`, `\`), w) {
					t.Errorf("%v does not list %s:\n%s", c.list, w, out)
				}
			}
		}
		conn, err := amqp.Dial(server.UserURL("demo-shop", "second-secret", url.PathEscape(host)))
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		if _, err := amqp.Dial(server.UserURL("demo-shop", "first-secret", url.PathEscape(host))); !errors.Is(err, amqp.ErrCredentials) {
			t.Errorf("the first password: %v", err)
		}
	})
	t.Run("sees what was taken away", func(t *testing.T) {
		a := admin(t, good, host)
		granted := func(want bool) {
			t.Helper()
			if got, err := a.Granted(ctx, user); got != want || err != nil {
				t.Errorf("granted: %t, %v", got, err)
			}
		}
		granted(true)
		for _, taken := range [][]string{
			{"clear_topic_permissions", "--vhost", host, "demo-shop"}, {"clear_permissions", "--vhost", host, "demo-shop"}, {"delete_user", "demo-shop"},
		} {
			if _, err := server.Ctl(ctx, taken...); err != nil {
				t.Fatal(err)
			}
			granted(false)
			if err := a.Grant(ctx, broker.MerchantBounds, user); err != nil {
				t.Fatal(err)
			}
			granted(true)
		}
	})
	t.Run("knows every role", func(t *testing.T) { everyRole(t, server, admin(t, good, host)) })
	t.Run("looks at what is there", func(t *testing.T) { looks(t, server, admin(t, good, host)) })
	t.Run("agrees with the file of definitions", func(t *testing.T) { definitions(t, server, good) })
	t.Run("leaves administrators alone", func(t *testing.T) {
		taken := broker.Access(broker.RoleMerchant, "guest", "new-password", "guest")
		if err := admin(t, good, host).Grant(ctx, broker.MerchantBounds, taken); err == nil || !strings.Contains(err.Error(), "guest") {
			t.Errorf("it took over an administrator: %v", err)
		}
		conn, err := amqp.Dial(server.URL())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	})
	t.Run("says what is wrong", func(t *testing.T) {
		for address, want := range map[string]string{
			as(t, server.ManagementURL(), "guest", "wrong"):             "password",
			as(t, server.ManagementURL(), "demo-shop", "second-secret"): "password", // may not log in there
			"http://guest:guest@127.0.0.1:1":                            "refused",
		} {
			err := admin(t, address, host).Grant(ctx, broker.MerchantBounds, user)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("granted by %s: want an error with %q, got %v", address, want, err)
			}
		}
		if err := admin(t, good, "nowhere").Grant(ctx, broker.MerchantBounds, user); err == nil {
			t.Error("a virtual host that is not there was taken")
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if err := admin(t, good, host).Grant(gone, broker.MerchantBounds, user); !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v", err)
		}
	})
}

// everyUser is one user of each role.
func everyUser(prefix string) []broker.User {
	return []broker.User{
		broker.Access(broker.RoleMerchant, prefix+"shop", "long-enough-secret", prefix+"shop"),
		broker.Access(broker.RoleReader, prefix+"reader", "long-enough-secret", prefix+"shop"),
		broker.Access(broker.RoleBank, prefix+"bank", "long-enough-secret", "SANDNL2A", "SLOWDE2A"),
		broker.Access(broker.RoleProcessor, prefix+"processor", "long-enough-secret"),
	}
}

func everyRole(t *testing.T, server *engine.RabbitMQ, a *rabbitmq.Admin) {
	list := everyUser("all-")
	if err := a.Grant(t.Context(), broker.MerchantBounds, list...); err != nil {
		t.Fatal(err)
	}
	if got, err := a.Granted(t.Context(), list...); !got || err != nil {
		t.Errorf("granted: %t, %v", got, err)
	}
	// A bank that one of its exchanges is not narrowed for any more.
	if _, err := server.Ctl(t.Context(), "clear_topic_permissions", "--vhost", host, "all-bank", broker.Results); err != nil {
		t.Fatal(err)
	}
	if got, err := a.Granted(t.Context(), list...); got || err != nil {
		t.Errorf("granted without a topic permission: %t, %v", got, err)
	}
}

// looks finds what was declared, what waits and what is in flight.
func looks(t *testing.T, server *engine.RabbitMQ, a *rabbitmq.Admin) {
	conn, err := amqp.Dial(server.UserURL("all-processor", "long-enough-secret", url.PathEscape(host)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	if err := broker.DeclareProcessor(ch); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := ch.PublishWithContext(t.Context(), broker.Results, "SANDNL2A", true, false, amqp.Publishing{DeliveryMode: amqp.Persistent}); err != nil {
			t.Fatal(err)
		}
	}
	if err := ch.Qos(1, 0, false); err != nil {
		t.Fatal(err)
	}
	taken, err := ch.Consume(broker.ResultsQueue, "", false, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	<-taken
	tick := time.NewTicker(100 * time.Millisecond) // the broker counts every few seconds
	defer tick.Stop()
	for give := time.After(2 * time.Minute); ; {
		p, err := a.Look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(p.Queues, func(q broker.QueueInfo) bool { return q.Name == broker.ResultsQueue })
		if at < 0 || !slices.Contains(p.Exchanges, broker.ExchangeInfo{Name: broker.Requests, Type: "topic"}) ||
			!slices.Contains(p.Bindings, broker.BindingInfo{Exchange: broker.Results, Key: "#", To: "queue", Name: broker.ResultsQueue}) {
			t.Fatalf("not there: %+v", p)
		}
		q := p.Queues[at]
		if q.Type == "quorum" && is(q.Ready, 1) && is(q.Unacknowledged, 1) && is(q.Consumers, 1) {
			return
		}
		select {
		case <-tick.C:
		case <-give:
			t.Fatalf("the queue is told as %+v", q)
		}
	}
}

func is(n *int, want int) bool { return n != nil && *n == want }

func definitions(t *testing.T, server *engine.RabbitMQ, address string) {
	const other = "shops/two"
	list := everyUser("file-")
	path := filepath.Join(t.TempDir(), "definitions.json")
	text := broker.Definitions(other, broker.MerchantBounds, list)
	if strings.Contains(string(text), "long-enough-secret") {
		t.Error("the file has a password in it")
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Ctl(t.Context(), "import_definitions", path); err != nil {
		t.Fatal(err)
	}
	if got, err := admin(t, address, other).Granted(t.Context(), list...); !got || err != nil {
		t.Errorf("granted by the file: %t, %v", got, err)
	}
	out, err := server.Ctl(t.Context(), "list_operator_policies", "--vhost", other)
	if err != nil || !strings.Contains(out, broker.PolicyName) {
		t.Errorf("no bounds: %s %v", out, err)
	}
	for _, u := range list {
		conn, err := amqp.Dial(server.UserURL(u.Name, u.Password.Reveal(), url.PathEscape(other)))
		if err != nil {
			t.Errorf("%s cannot log in: %v", u.Name, err)
			continue
		}
		_ = conn.Close()
	}
}

func TestNew_WantsCredentials(t *testing.T) {
	for _, address := range []string{"", "localhost:15672", "http://localhost:15672", "amqp://guest:guest@localhost", "http://guest:pass word@host:1x"} {
		if _, err := rabbitmq.New(address, "/"); err == nil || strings.Contains(err.Error(), "pass word") {
			t.Errorf("made an administrator of %q: want an error without the password, got %v", address, err)
		}
	}
}
