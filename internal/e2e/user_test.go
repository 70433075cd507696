package e2e_test

import (
	"strings"
	"testing"

	"sandbank/internal/engine"
	"sandbank/payment"
)

// The processor and the banks each have a user of their own, which is set up
// while they already try to connect, and suffices for a payment and for nothing
// else.
func TestUsers_OfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, engine.RabbitMQOptions{Management: true}, "SANDNL2A")
	admin := strings.Replace(w.rabbit.ManagementURL(), "http://", "http://guest:guest@", 1)
	as := func(user string) string { return "amqp://" + user + ":long-enough-secret@" + w.rabbit.Address() + "/" }
	w.run("bank", "--quiet", "--seed", "7", "--amqp-url", as("acme"), "--page-addr", "127.0.0.1:0", "--banks", "SANDNL2A,CHALES2A")
	p, base := w.plain("--amqp-url", as("narrow"), "--database-url", w.database, "--amqp-admin-url", admin,
		"--bank-user", "acme:long-enough-secret:SANDNL2A+CHALES2A")
	w.awaitReady(base)
	w.online(base, "SANDNL2A")
	c := w.merchant(base)
	w.ends(w.buy(c, "own-users", "SANDNL2A").ID, payment.Captured)
	for user, want := range map[string]string{"acme": "^bank\\.((SANDNL2A|CHALES2A)|requests)$", "narrow": "processor\\.results"} {
		out, err := w.rabbit.Ctl(t.Context(), "list_user_permissions", user)
		if err != nil || !strings.Contains(strings.ReplaceAll(out, `\\`, `\`), want) {
			t.Errorf("asked for the permissions of %s: want %s, got %s %v", user, want, out, err)
		}
	}
	w.settled()
	w.terminates(p)
}
