package page_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"sandbank/bank"
	"sandbank/bank/page"
	"sandbank/broker"
	"sandbank/broker/amqpd"
	"sandbank/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a page with one bank behind it.
func site(t *testing.T) (base string) {
	t.Helper()
	base, _ = asking(t)
	return base
}

// asking is a page with one bank behind it, and the challenges of that bank.
func asking(t *testing.T) (base string, challenges *bank.Challenges) {
	t.Helper()
	server, err := amqpd.New(amqpd.Config{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	dial := broker.InProcess("amqp://guest:guest@embedded/", server.Dial)
	// The exchanges are the processor's.
	processor := broker.NewPublisher(dial, "processor", broker.DeclareProcessor, log)
	if err := processor.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	processor.Close()
	s := page.New(l, "", log)
	b := bank.New(bank.Seven()[0], bank.Config{
		Dial: dial, Clock: clock.Following{}, Log: log, Challenges: s.Challenges(),
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	go func() { s.Run(ctx); ended <- struct{}{} }()
	go func() { b.Run(ctx); ended <- struct{}{} }()
	t.Cleanup(func() {
		cancel()
		<-ended
		<-ended
		http.DefaultClient.CloseIdleConnections()
		_ = server.Close()
	})
	<-b.Ready()
	return "http://" + l.Addr().String(), s.Challenges()
}

func send(t *testing.T, method, url, kind, host, body string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	if host != "" {
		r.Host = host
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(response.Body)
	var value map[string]any
	if err == nil {
		err = json.Unmarshal(read, &value)
	}
	if err != nil {
		t.Fatalf("%s %s: want JSON, got %s: %v", method, url, read, err)
	}
	return response.StatusCode, value
}

func TestControl_SteersABank(t *testing.T) {
	at := site(t) + "/control/SANDNL2A"
	const asJSON = "application/json"
	if code, got := send(t, "GET", at, "", "", ""); code != 200 || got["online"] != true || got["bank"] != "SANDNL2A" {
		t.Errorf("at first: %d %v", code, got)
	}
	code, got := send(t, "PATCH", at, asJSON, "", `{"command": "temper", "temper": {"declines": 0.25, "max_delay_ms": 70}}`)
	temper, _ := got["temper"].(map[string]any)
	if code != 200 || temper["declines"] != 0.25 || temper["max_delay_ms"] != 70.0 || temper["silent"] != 0.0 {
		t.Errorf("with a temper: %d %v", code, got)
	}
	if code, got := send(t, "PATCH", at, asJSON, "", `{"command": "offline"}`); code != 200 || got["online"] != false {
		t.Errorf("away: %d %v", code, got)
	}
	code, got = send(t, "PATCH", at, asJSON, "", `{"command": "reset"}`)
	if temper, _ := got["temper"].(map[string]any); code != 200 || got["online"] != true || temper["declines"] != 0.0 {
		t.Errorf("as at first: %d %v", code, got)
	}
}

func TestControl_RefusesOthers(t *testing.T) {
	base := site(t)
	for name, c := range map[string]struct {
		method, path, kind, host, body string
		want                           int
	}{
		"another bank":        {"PATCH", "/control/SLOWDE2A", "application/json", "", `{"command": "offline"}`, 404},
		"another bank, asked": {"GET", "/control/SLOWDE2A", "", "", "", 404},
		"a form":              {"PATCH", "/control/SANDNL2A", "text/plain", "", `{"command": "offline"}`, 415},
		"another's name":      {"PATCH", "/control/SANDNL2A", "application/json", "evil.example", `{"command": "offline"}`, 421}, // since no server of ours answers to other names
		"another's question":  {"GET", "/control/SANDNL2A", "", "evil.example", "", 421},
		"no command":          {"PATCH", "/control/SANDNL2A", "application/json", "", `{}`, 422},
		"too much":            {"PATCH", "/control/SANDNL2A", "application/json", "", `{"command": "` + strings.Repeat("x", 70_000) + `"}`, 413},
	} {
		if code, got := send(t, c.method, base+c.path, c.kind, c.host, c.body); code != c.want || got["error"] == "" {
			t.Errorf("%s: %d %v, want %d", name, code, got, c.want)
		}
	}
	if _, got := send(t, "GET", base+"/control/SANDNL2A", "", "", ""); got["online"] != true {
		t.Error("one of them was obeyed")
	}
}
