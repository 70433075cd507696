package node

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"sandbank/dialect/mollie"
)

// pad keeps what is written to it.
type pad struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *pad) Write(b []byte) (int, error) { p.mu.Lock(); defer p.mu.Unlock(); return p.text.Write(b) }
func (p *pad) String() string              { p.mu.Lock(); defer p.mu.Unlock(); return p.text.String() }

// Whatever a route of Mollie's takes and this house does not look at is named in the answer and in the log; and no member of
// a payment that Mollie's own client knows is called unknown.
func TestMollie_NothingIsDroppedInSilence(t *testing.T) {
	log := &pad{}
	a := newDutch(t, Config{Log: slog.New(slog.NewTextHandler(log, nil))})
	paid := a.made("")
	a.paid(paid)
	open := a.made("")
	bodies := map[string]string{
		"POST /mollie/v2/payments":              strings.TrimSuffix(strings.Replace(teapot, `, "webhookUrl": "HOOK"`, "", 1), "}"),
		"PATCH /mollie/v2/payments/{id}":        `{"description": "Cups"`,
		"POST /mollie/v2/payments/{id}/refunds": `{"amount": {"currency": "EUR", "value": "1.00"}`,
	}
	asked := 0
	for _, r := range mollie.Routes() {
		route := r.Method + " " + r.Path
		names := mollie.Ignored(route)
		if len(names) == 0 {
			continue
		}
		asked++
		id, query, body := open, "", bodies[route]
		switch {
		case strings.Contains(r.Path, "/refunds"):
			id = paid
		case strings.Contains(r.Path, "/methods/"):
			id = "ideal"
		}
		if r.Method == http.MethodGet {
			query = "?" + strings.Join(names, "=x&") + "=x"
		} else {
			for _, name := range names {
				body += fmt.Sprintf(`, "%s": "x"`, name)
			}
			body += "}"
		}
		q, err := http.NewRequestWithContext(t.Context(), r.Method, a.node.URL()+strings.Replace(r.Path, "{id}", id, 1)+query, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Authorization", "Bearer "+a.key)
		q.Header.Set("Content-Type", "application/json")
		answer, err := plain.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		told := strings.Split(answer.Header.Get(mollie.IgnoredHeader), ", ")
		slices.Sort(told)
		if answer.StatusCode >= 300 || !slices.Equal(told, names) {
			t.Errorf("%s: %s, with %q ignored, expected %q", route, answer.Status, told, names)
		}
		for _, name := range names {
			if !regexp.MustCompile(`route="` + regexp.QuoteMeta(r.Method+" "+strings.TrimPrefix(r.Path, "/mollie/v2/")) + `" parts="?\[[^\]]*\b` + name + `\b`).MatchString(log.String()) {
				t.Errorf("%s: the log does not name %s", route, name)
			}
		}
	}
	if asked == 0 {
		t.Error("no route ignores anything, so nothing was looked at")
	}

	const types = "../tools/npm/node_modules/mollie-api-typescript/dist/esm/models/paymentrequest.d.ts"
	text, err := os.ReadFile(types)
	if err != nil {
		t.Fatalf("%v: make setup installs it", err)
	}
	_, members, _ := strings.Cut(string(text), "export type PaymentRequest = {")
	members, _, _ = strings.Cut(members, "\n};")
	found := regexp.MustCompile(`(?m)^    (\w+)\??:`).FindAllStringSubmatch(members, -1)
	if len(found) < 30 {
		t.Fatalf("the client knows %d members of a payment, which cannot be all", len(found))
	}
	for _, m := range found {
		o, status := a.any("POST", "payments", `{"`+m[1]+`": {}}`)
		if detail := fmt.Sprint(o["detail"]); status != 422 || strings.Contains(detail, "Non-existent") {
			t.Errorf("the member %s is refused with %d %s", m[1], status, detail)
		}
	}
}
