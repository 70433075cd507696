package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"sandbank/audit"
	"sandbank/chance"
	"sandbank/internal/processortest"
	"sandbank/web/api"
)

func TestAudit_PagesFiltersAndRefuses(t *testing.T) {
	r := newRig(t, nil)
	ids := chance.Crypto()
	var list []audit.Record
	for i := range 30 {
		at := processortest.Start.Add(time.Duration(i) * time.Minute)
		list = append(list, audit.Record{
			ID: ids.ID("aud", at), At: at, Actor: audit.Actor{Kind: audit.Client, ID: "demo-shop"}, Merchant: fmt.Sprint("m", i%2),
			Action: audit.PaymentCreate, Outcome: audit.Allowed, Object: fmt.Sprint("pay_", i),
		})
	}
	r.OK(r.Disk.AddAudits(t.Context(), list))
	ask := func(query string) (page api.Page[audit.Sealed]) {
		t.Helper()
		w := r.call(http.MethodGet, "/v1/audit"+query, "", "Authorization: Bearer auditor")
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK {
			t.Fatalf("asked for the audit log with %q: want 200 and a page, got %d %s", query, w.Code, w.Body)
		}
		return page
	}
	first := ask("?limit=20")
	second := ask("?limit=20&cursor=" + first.NextCursor)
	if len(first.Data) != 20 || len(second.Data) != 10 || second.NextCursor != "" || first.Data[0].Record != list[29] || second.Data[9].Record != list[0] {
		t.Errorf("%d records, then %d", len(first.Data), len(second.Data))
	}
	for query, want := range map[string]int{
		"?object=pay_7": 1, "?action=payment.": 25, "?action=payment.cancel": 0, "?outcome=refused": 0, "?kind=client&actor=demo-shop": 25,
		"?actor=nobody": 0, "?from=2026-11-22T12:28:00Z": 2, "?to=2026-11-22T12:02:00%2B00:00": 2,
	} {
		if got := ask(query); len(got.Data) != want || got.Data == nil {
			t.Errorf("%s: %d records, want %d", query, len(got.Data), want)
		}
	}
	for _, query := range []string{"?limit=0", "?kind=x", "?outcome=x", "?cursor=pay_1", "?from=yesterday", "?to=1", "?object=%00"} {
		w := r.call(http.MethodGet, "/v1/audit"+query, "", "Authorization: Bearer auditor")
		if p := r.problem(query, w); p.Code != "query_invalid" {
			t.Errorf("asked for the audit log with %q: want query_invalid, got %d %s", query, w.Code, p.Code)
		}
	}
	if p := r.problem("a merchant", r.call(http.MethodGet, "/v1/audit", "")); p.Code != "role_forbidden" {
		t.Errorf("a merchant gets %s", p.Code)
	}
}
