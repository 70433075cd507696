package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// written is a file of scenarios.
func written(t *testing.T, folder, name, body string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const paid = "name: Paid\nsteps:\n  - create: {amount: 1.00 EUR, bank: SANDNL2A}\n  - customer: pay\n  - expect: {status: captured}\n"

func TestRun_ExitCodesAreToldApart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	good := written(t, folder, "good.yaml", paid)
	bad := written(t, folder, "bad.yaml", strings.Replace(paid, "captured", "declined", 1))
	wrong := written(t, folder, "wrong.yaml", strings.Replace(paid, "pay", "buy", 1))
	refused := written(t, folder, "refused.yaml", paid+"  - capture: {}\n")
	snapped := paid + "  - expect: {snapshot: events}\n"
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"not recorded":    {[]string{written(t, folder, "fresh.yaml", snapped)}, 1, "saw      that nothing is recorded yet: --update does so"},
		"recorded":        {[]string{"--update", "--repeat", "2", written(t, folder, "snap.yaml", snapped)}, 0, "All 2 scenarios held."},
		"recorded where":  {[]string{"--update"}, 2, "--update records beside files: name them"},
		"held":            {[]string{good}, 0, "held      Paid"},
		"failed":          {[]string{bad, good}, 1, bad + ":5:5: Paid\n    expected payment to be declined\n    saw      captured"},
		"refused":         {[]string{refused}, 1, refused + ":6:5: Paid\n    expected that capture is not refused"},
		"unknown flag":    {[]string{"--fast"}, 2, "unknown flag --fast"},
		"bad filter":      {[]string{"--filter", "(", good}, 2, "--filter"},
		"nothing matches": {[]string{"--filter", "Refused", good}, 2, "there is no scenario to run"},
		"no file":         {[]string{filepath.Join(folder, "none.yaml")}, 2, "none.yaml"},
		"the library":     {[]string{"--filter", "^Abandoned in silence$"}, 0, "held      Abandoned in silence"},
		"mistake":         {[]string{wrong, good}, 3, wrong + `:4:15: steps[1].customer: "buy" is not known here`},
		"many at one":     {[]string{"--url", "http://127.0.0.1:1", "--client-id", "mine", "--parallel", "2", good}, 2, "--parallel with --client-id: scenarios of one merchant hear each other"},
		"nobody there":    {[]string{"--url", "http://127.0.0.1:1", good}, 4, "NOT RUN   Paid"},
		"too long":        {[]string{"--timeout", "1ms", good}, 5, "TIMED OUT Paid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, err bytes.Buffer
			code := run(t.Context(), append([]string{"run"}, c.args...), &out, &err)
			if code != c.code || !strings.Contains(out.String()+err.String(), c.says) {
				t.Errorf("run %q ended with %d and said\n%s%s\nexpected %d and\n%s", c.args, code, out.String(), err.String(), c.code, c.says)
			}
		})
	}
}

func TestRun_WritesReportsAndTranscripts(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	written(t, folder, "good.yaml", paid)
	written(t, folder, "_part.yaml", "steps:\n  - customer: pay\n")
	args := []string{"run", "-v", "--repeat", "2", "--seed", "7", folder}
	want := map[string]string{"junit": `tests="2"`, "json": `"outcome": "held"`, "html": "2 of 2 scenarios held", "tap": "1..2"}
	for kind := range want {
		args = append(args, "--"+kind, filepath.Join(folder, "report."+kind))
	}
	var out, wrong bytes.Buffer
	if code := run(t.Context(), args, &out, &wrong); code != 0 || !strings.Contains(out.String(), "payment: asks for 1.00 EUR at SANDNL2A → 202, created") {
		t.Fatalf("run ended with %d and said\n%s%s", code, out.String(), wrong.String())
	}
	for kind, text := range want {
		body, err := os.ReadFile(filepath.Join(folder, "report."+kind))
		if err != nil || !strings.Contains(string(body), text) {
			t.Errorf("the report as %s has no %s (%v):\n%.500s", kind, text, err, body)
		}
	}
}
