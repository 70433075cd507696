package rabbitmq_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.uber.org/goleak"

	"sandbank/broker"
	"sandbank/engine"
	"sandbank/rabbitmq"
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

// One broker with the management plugin serves all cases: it takes long to start.
func TestGrant(t *testing.T) {
	server := engine.PrivateRabbitMQ(t, engine.RabbitMQOptions{Management: true})
	ctx, good := t.Context(), as(t, server.ManagementURL(), "guest", "guest")
	const host = "shops/one" // the API takes it escaped
	if _, err := server.AddVirtualHost(ctx, host); err != nil {
		t.Fatal(err)
	}
	user := broker.Access(broker.MerchantRole, "demo-shop", "first-secret", "demo-shop")

	t.Run("grants what the table says", func(t *testing.T) {
		a := admin(t, good, host)
		for _, secret := range []string{"first-secret", "second-secret"} { // again, with a new password
			user.Password = secret
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
	t.Run("leaves administrators alone", func(t *testing.T) {
		taken := broker.Access(broker.MerchantRole, "guest", "new-password", "guest")
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
				t.Errorf("%s: %v", address, err)
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

func TestNew_WantsCredentials(t *testing.T) {
	for _, address := range []string{"", "localhost:15672", "http://localhost:15672", "amqp://guest:guest@localhost", "http://guest:pass word@host:1x"} {
		if _, err := rabbitmq.New(address, "/"); err == nil || strings.Contains(err.Error(), "pass word") {
			t.Errorf("%q: %v", address, err)
		}
	}
}
