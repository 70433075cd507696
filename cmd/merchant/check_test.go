package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sandbank/merchant/check"
	"sandbank/merchant/rule"
)

// aCheck is as patient as a busy machine needs, where something comes; broken says what will not come,
// so that it is not waited for as long.
func aCheck(broken ...rule.ID) *checkCommand {
	c := &checkCommand{Patience: 40 * time.Second, Within: 6 * time.Second}
	for _, id := range []rule.ID{rule.Missed, rule.Abandoned, rule.Returned, rule.Outage} {
		if slices.Contains(broken, id) {
			c.Patience = 12 * time.Second
		}
	}
	return c
}

// few bounds how many checks run at a time, since each has a Sandbank and a shop.
var few = make(chan struct{}, 8)

// graded grades a naive shop that breaks rules.
func graded(t *testing.T, broken ...rule.ID) check.Report {
	t.Helper()
	few <- struct{}{}
	defer func() { <-few }()
	c := aCheck(broken...)
	r, err := c.own(t.Context(), nil, c.naiveShop(broken...))
	if err != nil {
		t.Fatalf("a shop that breaks %v could not be graded: %v", broken, err)
	}
	return r
}

// Each planted fault is found by its rule, and by no other; without a fault nothing is found.
func TestCheck_FindsEachPlantedFault(t *testing.T) {
	t.Parallel()
	shops := map[string][]rule.ID{"none": nil}
	for _, id := range rule.IDs() {
		shops[string(id)] = []rule.ID{id}
	}
	for name, broken := range shops {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := graded(t, broken...)
			if got := r.Failing(); !slices.Equal(got, broken) || r.Count(check.NotRun)+r.Count(check.TimedOut) > 0 {
				var text bytes.Buffer
				_ = check.Text(&text, r)
				t.Errorf("a shop that breaks %v fails %v:\n%s", broken, got, text.String())
			}
		})
	}
}

// The demo shop keeps every rule, the naive one breaks every rule, and the reports say so.
func TestCheck_SelfTest(t *testing.T) {
	t.Parallel()
	few <- struct{}{}
	defer func() { <-few }()
	folder := t.TempDir()
	args := []string{"check", "--self-test", "--patience", "12s", "--within", "6s"}
	want := map[string]string{"junit": `<testsuite name="The demo shop" tests="12" failures="0" errors="0" skipped="0"`, "json": `"name": "The naive shop"`, "html": "The naive shop: 0 of 12 rules hold"}
	for kind := range want {
		args = append(args, "--"+kind, filepath.Join(folder, kind))
	}
	var out, wrong bytes.Buffer
	if code := run(t.Context(), args, &out, &wrong); code != 0 {
		t.Fatalf("the self-test ended with %d, expected 0:\n%s%s", code, out.String(), wrong.String())
	}
	for kind, text := range want {
		body, err := os.ReadFile(filepath.Join(folder, kind))
		if err != nil || !strings.Contains(string(body), text) {
			t.Errorf("the report as %s has no %s (%v):\n%.800s", kind, text, err, body)
		}
	}
	body, _ := os.ReadFile(filepath.Join(folder, "json"))
	var list []check.Report
	if err := json.Unmarshal(body, &list); err != nil || len(list) != 2 {
		t.Fatalf("the report as JSON has %d shops: %v", len(list), err)
	}
	for _, v := range list[1].Verdicts {
		if v.Expected == "" || v.Seen == "" || v.Rule.Why == "" || v.Rule.Mend == "" || len(v.Trace) == 0 {
			t.Errorf("the report does not say all about %s: %+v", v.Rule.ID, v)
		}
	}
}

func TestCheck_UsageIsRefused(t *testing.T) {
	t.Parallel()
	const hook, order = "--webhook=http://127.0.0.1:1/hook", "--order=http://127.0.0.1:1/orders/{reference}"
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nothing":           {nil, 2, "--webhook, --order, and one of --buy and --create are required"},
		"buy and create":    {[]string{hook, order, "--buy=http://a/", "--create=http://a/"}, 2, "one of --buy and --create"},
		"no placeholder":    {[]string{hook, "--order=http://a/orders", "--buy=http://a/", "--start-command=true"}, 2, "must have {reference} or {payment}"},
		"no secret":         {[]string{hook, order, "--buy=http://a/"}, 2, "--webhook-secret is required"},
		"no address":        {[]string{"--url=http://127.0.0.1:1", hook, order, "--buy=http://a/", "--webhook-secret=" + newSecret()}, 2, "--addr is required with --url without --start-command"},
		"self and url":      {[]string{"--self-test", "--url=http://127.0.0.1:1"}, 2, "--self-test grades shops of its own"},
		"nobody there":      {[]string{"--url=http://127.0.0.1:1", hook, order, "--buy=http://a/", "--start-command=true"}, 4, "--url http://127.0.0.1:1: "},
		"no such url":       {[]string{"--url=localhost", hook, order, "--buy=http://a/", "--start-command=true"}, 4, "--url localhost: "},
		"unknown rule":      {[]string{"--self-test", "--skip=quick"}, 2, "--skip quick: there is no such rule; the rules are fast, signature"},
		"self and others":   {[]string{"--self-test", hook}, 2, "--self-test grades shops of its own"},
		"no patience":       {[]string{"--self-test", "--patience=0s"}, 2, "must be more than 0"},
		"too long within":   {[]string{"--self-test", "--within=10s"}, 2, "--within 10s: must be less than 10s"},
		"a bad pattern":     {[]string{"--self-test", "--state-pattern=("}, 2, "--state-pattern"},
		"ends at once":      {[]string{hook, order, "--buy=http://127.0.0.1:1/", "--start-command=exit 3"}, 4, "ended before http://127.0.0.1:1/hook was ready: exit status 3"},
		"nothing to buy at": {[]string{hook, order, "--buy=http://127.0.0.1:1/", "--webhook-secret=" + newSecret(), "--addr=127.0.0.1:0"}, 4, "connection refused"},
		"little time":       {[]string{"--self-test", "--timeout=4s"}, 5, "deadline exceeded"},
		"no time":           {[]string{"--self-test", "--timeout=1ms"}, 5, "deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, err bytes.Buffer
			code := run(t.Context(), append([]string{"check"}, c.args...), &out, &err)
			if code != c.code || !strings.Contains(out.String()+err.String(), c.says) {
				t.Errorf("check %q ended with %d and said\n%s%s\nexpected %d and\n%s", c.args, code, out.String(), err.String(), c.code, c.says)
			}
		})
	}
}

// A check whose time is over ends with the code for that, whatever it waited for.
func TestCheck_TimeIsOver(t *testing.T) {
	t.Parallel()
	over, end := context.WithTimeout(t.Context(), 0)
	defer end()
	unready := errors.New("not ready: broker: not connected")
	for name, c := range map[string]struct {
		ctx  context.Context
		err  error
		code int
	}{
		"in time":                     {t.Context(), unready, exitNotRun},
		"one wait within it was over": {t.Context(), fmt.Errorf("registered: %w", context.DeadlineExceeded), exitTimedOut},
		"over":                        {over, fmt.Errorf("registered: %w", context.DeadlineExceeded), exitTimedOut},
		"over, and not said so":       {over, unready, exitTimedOut},
	} {
		got, ok := errors.AsType[*exitError](notDone(c.ctx, c.err))
		if !ok || got.code != c.code || !errors.Is(got, c.err) {
			t.Errorf("%s: ended with %+v, expected the code %d and %q", name, got, c.code, c.err)
		}
	}
}

// A skipped rule is neither held nor failed.
func TestCheck_SkipsRules(t *testing.T) {
	t.Parallel()
	few <- struct{}{}
	defer func() { <-few }()
	c := aCheck()
	skip := slices.DeleteFunc(rule.IDs(), func(id rule.ID) bool { return id == rule.ReturnURL })
	r, err := c.own(t.Context(), skip, c.naiveShop(rule.IDs()...))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(r.Failing(), r.Count(check.Skipped)); got != "[return-url] 11" {
		t.Errorf("with all but one rule skipped: %s, expected [return-url] 11", got)
	}
}
