package docs

import (
	"strings"
	"testing"

	"sandbank/broker"
	"sandbank/identity"
)

func TestRoles_AreThoseOfTheTables(t *testing.T) {
	t.Parallel()
	_, html := get(t, serve(t).URL+"/docs/roles")
	for _, p := range identity.Permissions() {
		_, row, ok := strings.Cut(html, "<code>"+string(p)+"</code></th>")
		row, _, _ = strings.Cut(row, "</tr>")
		if !ok || permissionWords[p] == "" {
			t.Errorf("%s is not explained", p)
		}
		for _, r := range identity.Roles() {
			word := "no"
			if r.May(p) {
				word = "yes"
			}
			if !strings.Contains(row, `data-label="`+string(r)+`">`+word) {
				t.Errorf("%s and %s: %s", r, p, row)
			}
		}
	}
	for _, r := range identity.Roles() {
		if roleWords[r][0] == "" {
			t.Errorf("%s is not explained", r)
		}
	}
	for _, r := range broker.Roles() {
		if !strings.Contains(html, "<h3><code>"+string(r)+"</code>") {
			t.Errorf("the AMQP user %s is not there", r)
		}
	}
	for _, word := range []string{"POST /v1/payments", "merchant, operator, administrator", "query payments", "GET /ledger", "anyone", "Sandbank-Merchant: demo-shop"} {
		if !strings.Contains(html, word) {
			t.Errorf("%q is missing", word)
		}
	}
}
