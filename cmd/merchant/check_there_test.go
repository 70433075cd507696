package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/identity"
	"sandbank/internal/engine"
	"sandbank/merchant/client"
	"sandbank/merchant/naive"
	"sandbank/merchant/rule"
	"sandbank/money"
	"sandbank/scenario/embedded"
)

// opened is a naive shop that breaks rules, and its secret. It finds Sandbank at an address.
func opened(t *testing.T, sandbank string, breaks ...rule.ID) (public, secret string) {
	t.Helper()
	api, err := as("http://"+sandbank, identity.DemoShop, nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	public, secret = "http://"+l.Addr().String(), newSecret()
	shop := naive.New(naive.Config{API: api, URL: public, Secret: secret, Breaks: breaks, Slowness: time.Second})
	server := &http.Server{Handler: shop.Handler(), ReadHeaderTimeout: grace}
	running, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{}, 2)
	go func() { _ = server.Serve(l); done <- struct{}{} }()
	go func() { shop.Run(running); done <- struct{}{} }()
	t.Cleanup(func() {
		stop()
		_ = server.Close()
		<-done
		<-done
		api.Close()
	})
	return public, secret
}

// A Sandbank that runs already, and was used before, grades as well: with an exit code for each end, and time
// passes afterwards as it did.
func TestCheck_AtASandbankThatRuns(t *testing.T) {
	t.Parallel()
	few <- struct{}{}
	defer func() { <-few }()
	n, err := embedded.Start(t.Context(), embedded.Config{Seed: 1, Start: clock.Real{}.Now()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	operator, err := as(n.URL(), identity.DemoOperator, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer operator.Close()
	shop, err := as(n.URL(), identity.DemoShop, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer shop.Close()
	if _, err := shop.CreatePayment(t.Context(), client.NewPayment{Amount: money.Must("9.00", "EUR"), Reference: "before", ReturnURL: "https://shop.example/"}, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := operator.SteerClock(t.Context(), client.ClockWish{Follow: true}); err != nil {
		t.Fatal(err)
	}
	others := slices.DeleteFunc(rule.IDs(), func(id rule.ID) bool { return id == rule.ReturnURL || id == rule.Fast })
	skip := "--skip=" + strings.ReplaceAll(names(others), ", ", ",")
	for name, c := range map[string]struct {
		breaks []rule.ID
		more   []string
		code   int
		says   string
	}{
		"good":          {nil, nil, 0, "2 of 12 rules hold, 0 fail, 10 were skipped"},
		"breaks a rule": {[]rule.ID{rule.ReturnURL}, nil, 1, "1 of 12 rules hold"},
		"not let in":    {nil, []string{"--operator-secret=wrong"}, 4, "--url " + n.URL()},
		"no merchant":   {nil, []string{"--client-id=nobody"}, 4, "The client id or secret is not right"},
		"no patience":   {nil, []string{"--timeout=1ms"}, 5, "deadline exceeded"},
	} {
		gateway := engine.Address(t)
		public, secret := opened(t, gateway, c.breaks...)
		args := []string{
			"check", "--url", n.URL(), "--addr", gateway, "--webhook", public + naive.HookPath, "--order", public + "/orders/{reference}",
			"--create", public + "/buy", "--webhook-secret", secret, "--within=9s", "--patience=2m", skip,
		}
		var out, wrong bytes.Buffer
		if code := run(t.Context(), append(args, c.more...), &out, &wrong); code != c.code || !strings.Contains(out.String()+wrong.String(), c.says) {
			t.Errorf("%s: it ended with %d, and said\n%s%s\nexpected %d and\n%s", name, code, out.String(), wrong.String(), c.code, c.says)
		}
		if k, err := operator.Clock(t.Context()); err != nil || k.Mode != following {
			t.Errorf("%s: afterwards the clock is %s, %v; expected it to pass as before", name, k.Mode, err)
		}
	}
}

// What the start command started ends with it, also what it left in the background.
func TestCheck_EndsTheWholeProcessGroup(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]string{
		"in the background": "sleep 600 & echo $! > PID; wait",
		"left behind":       "sleep 600 & echo $! > PID; exit 3",
		"deaf":              "sh -c 'trap \"\" TERM; echo $$ > PID; while :; do sleep 1; done' & wait",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pid")
			var out, wrong bytes.Buffer
			var code int
			var body []byte
			err := os.ErrNotExist
			// A machine can be too slow to start the command within the time.
			for limit := 4 * time.Second; errors.Is(err, os.ErrNotExist) && limit < 10*time.Minute; limit *= 4 {
				code = run(t.Context(), []string{
					"check", "--webhook=http://127.0.0.1:1/hook", "--order=http://127.0.0.1:1/orders/{reference}", "--buy=http://127.0.0.1:1/", "--timeout", limit.String(),
					"--start-command", strings.ReplaceAll(command, "PID", file),
				}, &out, &wrong)
				body, err = os.ReadFile(file)
			}
			pid, err2 := strconv.Atoi(strings.TrimSpace(string(body)))
			if code == 0 || err != nil || err2 != nil {
				t.Fatalf("it ended with %d, and the command wrote %q: %v, %v\n%s%s", code, body, err, err2, out.String(), wrong.String())
			}
			if alive(pid) {
				_ = syscall.Kill(pid, syscall.SIGKILL)
				t.Errorf("the process %d goes on, expected it to be ended with the check", pid)
			}
		})
	}
}

// alive reports whether a process runs. One that has ended and waits for its parent does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}
