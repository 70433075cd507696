package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/bank/journal"
	brokers "sandbank/broker"
	"sandbank/broker/amqpd"
	"sandbank/internal/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun_SaysWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	taken, err := journal.Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	bad := filepath.Join(t.TempDir(), "banks.yaml")
	if err := os.WriteFile(bad, []byte("banks:\n  - identifier: SANDNL2A\n    moods: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"choose among":                 {"--banks", "NONE"},
		"--config: open":               {"--config", "none.yaml"},
		"banks.yaml:3: banks[0].moods": {"--config", bad},
		"are for one bank":             {"--declines", "0.5"},
		"declines: must be a share":    {"--banks", "SANDNL2A", "--declines", "1.5"},
		"is more than --max-delay":     {"--banks", "SANDNL2A", "--min-delay", "2s", "--max-delay", "1s"},
		"--cut-off \"late\"":           {"--banks", "SANDNL2A", "--cut-off", "late"},
		"another process keeps":        {"--data", folder, "--page-addr", "127.0.0.1:0"},
		"write it as amqp://":          {"--amqp-url", "http://127.0.0.1"},
		"unknown flag --no-such-flag":  {"--no-such-flag"},
		"--page-addr 127.0.0.1:-1: ":   {"--page-addr", "127.0.0.1:-1"},
		"--log-format must be one of ": {"--log-format", "xml"},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}

func TestRun_BanksComeOnlineAndEnd(t *testing.T) {
	broker, err := amqpd.New(amqpd.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = broker.Close() }()
	at, err := broker.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dial, err := brokers.URL("amqp://guest:guest@" + at.String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	bustest.Tap(t, dial)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{
			"--amqp-url", "amqp://guest:guest@" + at.String() + "/", "--banks", "SANDNL2A", "--banks", "MUTEIE2A", "--page-addr", "127.0.0.1:0",
		}, in, io.Discard)
		_ = in.Close()
	}()
	online := map[string]bool{}
	for lines := bufio.NewScanner(out); len(online) < 2 && lines.Scan(); {
		if bic, _, ok := strings.Cut(lines.Text(), " "); ok && strings.Contains(lines.Text(), "is online") {
			online[bic] = true
		}
	}
	if !online["SANDNL2A"] || !online["MUTEIE2A"] {
		t.Errorf("online: %v", online)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Where no broker answers, that is said once for any number of banks and tries, with what to do.
func TestHint_SaysOnceThatNoBrokerAnswers(t *testing.T) {
	for _, form := range []string{"text", "json"} {
		var said bytes.Buffer
		been := false
		c := config{AMQPURL: "amqp://guest:guest@127.0.0.1:1/", GiveUp: 10 * time.Minute, LogFormat: form}
		log := c.logger(&said, func() bool { return been })
		for _, bank := range []string{"a", "b", "a"} {
			log.Warn(brokers.Lost, "connection", bank, "error", "connection refused")
		}
		if got := said.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "connection refused") || !strings.Contains(got, "--amqp-url. The banks go on trying for 10m0s") || strings.Contains(got, "guest:guest") {
			t.Errorf("%s, three failures before any success: want one line with what to do, got %q", form, got)
		}
		said.Reset()
		been = true
		if log.Warn(brokers.Lost, "connection", "a", "error", "closed"); !strings.Contains(said.String(), brokers.Lost) {
			t.Errorf("%s, a connection lost later: want it logged, got %q", form, said.String())
		}
	}
}

// A user who starts the banks first is told so once, for any number of banks and tries, and the
// banks go on by themselves when a processor has come.
func TestRun_WaitsCalmlyForTheFirstProcessor(t *testing.T) {
	broker, err := amqpd.New(amqpd.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = broker.Close() }()
	at, err := broker.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "amqp://guest:guest@" + at.String() + "/"
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, in := io.Pipe()
	var log bytes.Buffer
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"--amqp-url", address, "--banks", "SANDNL2A,MUTEIE2A", "--page-addr", "127.0.0.1:0"}, in, &log)
		_ = in.Close()
	}()
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.Contains(lines.Text(), "No processor has been at this broker yet") || !strings.Contains(lines.Text(), "--amqp-url") {
		t.Errorf("the banks began with %q", lines.Text())
	}
	dial, err := brokers.URL(address)
	if err != nil {
		t.Fatal(err)
	}
	if err := brokers.Declare(t.Context(), dial, brokers.DeclareProcessor); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if !lines.Scan() || !strings.Contains(lines.Text(), "is online") {
			t.Errorf("a processor has come, and the banks say %q", lines.Text())
		}
	}
	cancel()
	if err := <-ended; err != nil || log.Len() > 0 {
		t.Errorf("ended with %v, and logged %s", err, log.String())
	}
}

func TestTemperFlags_ChangeOneBank(t *testing.T) {
	half, slow := 0.5, 9*time.Second
	list, err := config{Banks: []string{"SANDNL2A"}, temperFlags: temperFlags{
		Declines: &half, MaxDelay: &slow, CutOff: "18:30", AmountRules: true,
	}}.tempers()
	if err != nil {
		t.Fatal(err)
	}
	if b := list[0]; b.Declines != half || b.MaxDelay != slow || b.MinDelay != 0 || *b.CutOff != 18*time.Hour+30*time.Minute || !b.AmountRules {
		t.Errorf("changed one bank by flags: want declines, delays, cut-off and amount rules as said, got %+v", b)
	}
}
