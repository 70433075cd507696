package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"sandbank/broker/amqpd"
	"sandbank/node"
	"sandbank/webhook"
)

// hush is in every secret of these settings.
const hush = "hush-canary-4711"

func secretive(t *testing.T) settings {
	t.Helper()
	c := runCommand{
		Addr: "127.0.0.1:0", AMQPURL: "amqp://guest:" + hush + "@host/", AMQPAdminURL: "http://guest:" + hush + "@host:15672",
		DatabaseURL: "postgres://u:" + hush + "@host/db", BankTimeout: time.Minute,
	}
	c.MaxConnections, c.SignIn, c.KafkaTopic, c.PayoutAt = 1, "auto", "x", "off"
	c.Clients = append(c.Clients, "shop-a:"+hush+":A")
	c.Readers = append(c.Readers, "till:"+hush+":shop-a")
	c.Staff = append(c.Staff, "op:"+hush+":operator")
	c.People = append(c.People, "ann:"+hush+":operator")
	c.BankUsers = append(c.BankUsers, "bank-a:"+hush+":SANDNL2A")
	s, err := c.check()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// No secret is in any print or log of the settings, or of the values made of
// them.
func TestSettings_NeverShowASecret(t *testing.T) {
	s := secretive(t)
	endpoint := webhook.Endpoint{ID: "whe_1", Keys: webhook.Keys{Secret: hush, Key: hush}}
	endpoint.Former = &webhook.Former{Keys: endpoint.Keys}
	shown := map[string]any{
		"settings": s, "the command": s.runCommand, "clients": s.node.People.Clients, "sign-in": s.node.People, "the node's": s.node,
		"AMQP users":      append(node.MerchantUsers(s.node.People.Clients), s.node.AMQP.Users...),
		"a broker's user": amqpd.User{Name: "x", Password: hush}, "an endpoint": endpoint,
		"a delivery": webhook.Delivery{ID: "del_1", Endpoint: endpoint}, "deliveries": []webhook.Delivery{{Endpoint: endpoint}},
	}
	for name, v := range shown {
		pointer := reflect.New(reflect.TypeOf(v))
		pointer.Elem().Set(reflect.ValueOf(v))
		for _, one := range []any{v, pointer.Interface()} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				if strings.Contains(fmt.Sprintf(verb, one), hush) {
					t.Errorf("%s shows it by %s", name, verb)
				}
			}
			var text, lines bytes.Buffer
			slog.New(slog.NewTextHandler(&text, nil)).Info("x", "v", one)
			slog.New(slog.NewJSONHandler(&lines, nil)).Info("x", "v", one)
			if strings.Contains(text.String(), hush) || strings.Contains(lines.String(), hush) {
				t.Errorf("%s is logged with it: %.300s %.300s", name, text.String(), lines.String())
			}
		}
	}
	if !strings.Contains(s.DatabaseURL.Reveal(), hush) {
		t.Error("the settings have no secret, so nothing was looked for")
	}
}
