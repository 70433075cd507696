package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// The log of a payment has every step of it and none of another's, for people and for programs.
func TestLogs_TellOfOnePayment(t *testing.T) {
	url := running(t)
	merchant := func(args string) (out, said string, code int) {
		t.Helper()
		code, out, said = try(t.Context(), append(strings.Fields(args), "--url", url)...)
		return out, said, code
	}
	if out, said, code := merchant("logs"); code != 0 || out != "Nothing has happened yet.\n" {
		t.Fatalf("merchant logs of nothing: code %d, %q %q", code, out, said)
	}
	var ids []string
	for _, reference := range []string{"first", "second"} {
		out, said, code := merchant("payments create 19.99 EUR --format json --reference " + reference)
		var made struct{ ID string }
		if err := json.Unmarshal([]byte(out), &made); code != 0 || err != nil {
			t.Fatalf("created %s: code %d, %q %q, %v", reference, code, out, said, err)
		}
		ids = append(ids, made.ID)
	}
	if out, said, code := merchant("payments pay " + ids[1]); code != 0 {
		t.Fatalf("paid: code %d, %q %q", code, out, said)
	}
	if out, said, code := merchant("payments tail " + ids[1] + " --until captured --timeout 5m"); code != 0 {
		t.Fatalf("awaited: code %d, %q %q", code, out, said)
	}
	out, said, code := merchant("logs " + ids[1])
	for _, want := range []string{"SIMULATED TIME", "demo-shop · SANDNL2A · 19.99 EUR second", "SANDNL2A · authorize 19.99 EUR", "approved 19.99 EUR · applied", "demo-shop · payment.captured", "captured · rule: "} {
		if !strings.Contains(out, want) {
			t.Errorf("merchant logs %s: want %q in it, got %q %q, code %d", ids[1], want, out, said, code)
		}
	}
	if strings.Contains(out, "first") {
		t.Errorf("merchant logs %s: want nothing of the other payment, got %q", ids[1], out)
	}
	lines, said, code := merchant("logs --format json " + ids[0])
	var line logLine
	if err := json.Unmarshal([]byte(strings.SplitAfter(lines, "\n")[0]), &line); err != nil || line.What != "payment" || line.ID != ids[0] {
		t.Errorf("merchant logs --format json: want the payment's line first, got %q %q, code %d, %v", lines, said, code, err)
	}
	if out, said, code := merchant("logs pay_of_nobody"); code != 1 || !strings.Contains(said, `nothing is known of the payment "pay_of_nobody"`) {
		t.Errorf("merchant logs of a payment that is not there: code %d, %q %q", code, out, said)
	}
}
