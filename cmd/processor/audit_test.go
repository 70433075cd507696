package main

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"sandbank/audit"
	"sandbank/merchant/client"
	"sandbank/money"
	"sandbank/store/sqlite"
)

// acted is a data folder of a processor where this and that was done and refused.
func acted(t *testing.T) (folder, paymentID string) {
	t.Helper()
	folder = t.TempDir()
	said, end := embedded(t, "--log-format", "json", "--no-shop", "--data", folder)
	var ready struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal([]byte(said), &ready); err != nil {
		t.Fatalf("read the line that says the processor is ready: %v: %s", err, said)
	}
	far, err := client.New(client.Config{Base: ready.URL, ID: "demo-shop", Secret: "demo-shop-secret", Patience: -1})
	if err != nil {
		t.Fatal(err)
	}
	p, err := far.CreatePayment(t.Context(), client.NewPayment{Amount: money.Must("19.99", "EUR"), Reference: "order-1", ReturnURL: "https://shop.example/"}, "key-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := far.Cancel(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	far.Close()
	plain := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ask := func(method, path, origin string, want int, header ...string) {
		t.Helper()
		q, err := http.NewRequestWithContext(t.Context(), method, ready.URL+path, strings.NewReader("grant_type=client_credentials"))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		q.Header.Set("Origin", origin)
		for i := 0; i < len(header); i += 2 {
			q.Header.Set(header[i], header[i+1])
		}
		answer, err := plain.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want || answer.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s %s: %s, request %q", method, path, answer.Status, answer.Header.Get("X-Request-Id"))
		}
	}
	ask(http.MethodGet, "/v1/payments", "", 401, "Authorization", "Bearer stolen")
	ask(http.MethodPost, "/dead-letters/ded_1/discard", "https://evil.example", 403)
	ask(http.MethodPost, "/dead-letters/ded_1/discard", ready.URL, 404)
	q := "Basic NDI0MjQyNDI0MjQyNDI0Mjp4eA==" // a card number where the client's id should be
	ask(http.MethodPost, "/oauth/token", "", 401, "Authorization", q)
	if code := end(); code != 0 {
		t.Fatalf("ended with %d", code)
	}
	return folder, p.ID
}

func export(t *testing.T, folder string) (list []audit.Sealed, text string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"audit", "export", "--data", folder}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	text = out.String()
	for lines := bufio.NewScanner(&out); lines.Scan(); {
		var s audit.Sealed
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list, text
}

func TestAudit_RecordsWhatWasDoneAndRefused(t *testing.T) {
	folder, paymentID := acted(t)
	list, text := export(t, folder)
	type line struct {
		kind    audit.Kind
		id      string
		action  audit.Action
		object  string
		outcome audit.Outcome
		code    string
	}
	found := map[line]int{}
	for _, s := range list {
		r := s.Record
		found[line{r.Actor.Kind, r.Actor.ID, r.Action, r.Object, r.Outcome, r.Code}]++
		if s.Number == 0 || r.ID == "" || r.At.IsZero() || r.Actor.Kind != audit.System && (r.Address != "127.0.0.1" || r.Request == "") {
			t.Errorf("incomplete: %+v", s)
		}
	}
	for _, want := range []line{
		{audit.System, "", audit.ProcessorStart, "", audit.Allowed, ""},
		{audit.Client, "demo-shop", audit.TokenIssue, "", audit.Allowed, ""},
		{audit.Client, "demo-shop", audit.PaymentCreate, paymentID, audit.Allowed, ""},
		{audit.Client, "demo-shop", audit.PaymentCancel, paymentID, audit.Allowed, ""},
		{audit.Nobody, "", audit.Read, "", audit.Refused, "token_invalid"},
		{audit.Local, "", audit.LetterDiscard, "", audit.Refused, "origin_foreign"},
		{audit.Local, "", audit.LetterDiscard, "", audit.Refused, "dead_letter_not_found"},
		{audit.Nobody, "", audit.TokenIssue, "", audit.Refused, "invalid_client"},
		{audit.System, "", audit.ProcessorStop, "", audit.Allowed, ""},
	} {
		if found[want] != 1 {
			t.Errorf("%d times: %+v\n%s", found[want], want, text)
		}
	}
	if strings.Contains(text, "4242424242424242") {
		t.Error("what was claimed in the wrong place is kept")
	}
}

func TestAudit_VerifyFindsTampering(t *testing.T) {
	folder, _ := acted(t)
	verify := func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"audit", "verify", "--data", folder}, args...), &out, &errs)
		return code, out.String() + errs.String()
	}
	code, said := verify()
	_, head, found := strings.Cut(said, "--head ")
	if head = strings.TrimSpace(head); code != 0 || !found {
		t.Fatalf("exit code %d: %s", code, said)
	}
	if code, said := verify("--head", head); code != 0 {
		t.Errorf("with its own head: exit code %d: %s", code, said)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, change := range []string{`UPDATE audits SET outcome = 'allowed' WHERE seq = 3`, `DELETE FROM audits WHERE seq = 3`, `DELETE FROM audit_seals`} {
		if _, err := db.ExecContext(t.Context(), change); err == nil {
			t.Errorf("the database took %q", change)
		}
	}
	for _, do := range []string{`DROP TRIGGER audits_frozen`, `UPDATE audits SET address = address || '0' WHERE seq = 3`} {
		if _, err := db.ExecContext(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	if code, said := verify(); code != 1 || !strings.Contains(said, "audit record 3:") {
		t.Errorf("a changed record: exit code %d: %s", code, said)
	}
	var report bytes.Buffer
	if code := run(t.Context(), []string{"check", "--data", folder}, &report, io.Discard); code != 1 || !strings.Contains(report.String(), "audit record 3:") {
		t.Errorf("check: exit code %d: %s", code, report.String())
	}
	for _, do := range []string{
		`DROP TRIGGER audits_kept`, `DROP TRIGGER audit_seals_kept`, `UPDATE audits SET address = substr(address, 1, length(address) - 1) WHERE seq = 3`,
		`DELETE FROM audit_seals WHERE number >= 4`, `DELETE FROM audits WHERE seq >= 4`,
	} {
		if _, err := db.ExecContext(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	// Truncation at the end shows only to a reader who knew the length.
	if code, said := verify("--head", head); code != 1 || !strings.Contains(said, "audit record 4:") {
		t.Errorf("cut off: exit code %d: %s", code, said)
	}
	if code, said := verify("--head", "x:y"); code != 1 || !strings.Contains(said, "NUMBER:HASH") {
		t.Errorf("no head: exit code %d: %s", code, said)
	}
}
