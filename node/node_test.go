package node

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sandbank/bank"
	"sandbank/broker"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/money"
	"sandbank/secret"
)

// awaited waits until something is so that nobody gives a signal of, such as what the directory has heard of a bank.
func awaited(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for !is() {
		if clock.Pause(ctx, time.Millisecond) != nil {
			t.Fatal(what)
		}
	}
}

// Readiness comes with the first sign of life of every bank: none is lost before the processor
// listens. A bank counts its signs before it sends them, and the directory those that came, so
// that the two agree sooner or later unless one was lost.
func TestStart_LosesNoSignOfLife(t *testing.T) {
	for range 10 {
		n := made(t, Config{})
		if err := n.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		if err := n.Await(ctx); err != nil {
			t.Fatal(err)
		}
		cancel()
		for _, b := range n.banks.Banks {
			awaited(t, b.Identifier+" sent more signs of life than were heard", func() bool {
				heard, _ := n.directory.Find(b.Identifier)
				return heard.Signs == b.Signs()
			})
		}
		if err := n.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

// A processor that joins banks which run already calls them, and does not wait for their next sign of life.
func TestStart_CallsBanksThatRunAlready(t *testing.T) {
	first := started(t, Config{})
	dial := broker.InProcess("amqp://guest:guest@embedded/", first.broker.Dial)
	temper := bank.Seven()[0]
	temper.Identifier, temper.Name = "OTHRDE2A", "Other Bank"
	other := bank.New(temper, bank.Config{Dial: dial, Clock: clock.Following{}, Log: slog.New(slog.DiscardHandler), Interval: time.Hour})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); other.Run(ctx) }()
	defer func() { stop(); <-done }()
	heard := func(n *Node) bool { _, known := n.directory.Find(temper.Identifier); return known }
	awaited(t, "the first one does not hear it", func() bool { return heard(first) })
	second := started(t, Config{AMQP: AMQP{URL: secret.Text("amqp://guest:guest@" + first.amqpAddr.String() + "/")}})
	awaited(t, "the second one does not hear it", func() bool { return heard(second) })
}

// A bank of this node that was not heard yet is asked for again, and never unknown; until it is
// heard the node is not ready.
func TestReady_NotBeforeEveryOwnBankIsHeard(t *testing.T) {
	n := made(t, Config{})
	if _, err := n.directory.Check("SLOWDE2A", "EUR", "/bank"); fault.Code(err) != "bank_unheard" {
		t.Errorf("before it is heard: %v", err)
	}
	if _, err := n.directory.Check("NONEDE2A", "EUR", "/bank"); fault.Code(err) != "bank_unknown" {
		t.Errorf("a bank of nobody's: %v", err)
	}
	if says := n.Ready(t.Context())["banks"]; !strings.Contains(says, "not heard of yet: ") || !strings.Contains(says, "SLOWDE2A") {
		t.Errorf("before the start the banks are %q", says)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for status := 0; status != http.StatusOK; {
		answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(n.URL() + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		status = answer.StatusCode
	}
	for _, temper := range n.Banks() {
		if _, err := n.directory.Check(temper.Identifier, temper.Currencies[0], "/bank"); err != nil {
			t.Errorf("ready, and %s cannot be asked: %v", temper.Identifier, err)
		}
	}
	if _, err := n.directory.Pick(money.Currency("EUR"), "key"); err != nil {
		t.Errorf("ready, and no bank takes a payment: %v", err)
	}
}

// Nodes share nothing: many run side by side in one process, each on ports and data of its own.
func TestNew_ManySideBySide(t *testing.T) {
	var all sync.WaitGroup
	urls := make(chan string, 16)
	for range cap(urls) {
		all.Go(func() {
			n := started(t, Config{})
			urls <- n.URL()
		})
	}
	all.Wait()
	close(urls)
	seen := map[string]bool{}
	for u := range urls {
		seen[u] = true
	}
	if len(seen) != cap(urls) {
		t.Errorf("%d nodes have %d addresses", cap(urls), len(seen))
	}
}

func TestClose_IsSafeBeforeStartAndTwice(t *testing.T) {
	n := made(t, Config{Shop: &Shop{}})
	for range 2 {
		if err := n.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := n.Start(t.Context()); err == nil {
		t.Error("a closed node was started")
	}
}

// A New that fails closes everything it had opened: the test's leak check looks.
func TestNew_NamesTheFieldAndLeavesNothing(t *testing.T) {
	taken := made(t, Config{})
	addr := taken.listener.Addr().String()
	for field, c := range map[string]Config{
		"HTTP.Addr " + addr:         {HTTP: HTTP{Addr: addr}},
		"HTTP.RedirectAddr " + addr: {HTTP: HTTP{RedirectAddr: addr}},
		"AMQP.Addr":                 {AMQP: AMQP{Addr: addr}},
		"AMQP.URL":                  {AMQP: AMQP{URL: "http://x"}},
		"AMQP.Format":               {AMQP: AMQP{Format: "thin"}}, // which leaves out what a listener there could not ask for
		"Store.Folder":              {Store: Database{Folder: "/dev/null"}},
		"Store.Archive":             {Store: Database{Archive: "/dev/null"}},
	} {
		if _, err := New(t.Context(), c); err == nil || !strings.HasPrefix(err.Error(), field) {
			t.Errorf("got %v, want %s", err, field)
		}
	}
}

// The order in which a node ends is a consequence of needs; these are the promises it has to keep.
func TestParts_EndInTheRightOrder(t *testing.T) {
	n := made(t, Config{Shop: &Shop{}})
	order, err := n.parts.Order()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range order {
		at[name] = i
	}
	for _, pair := range [][2]string{ // the second ends before the first
		{"streams", "shop"},
		{"health", "bank SANDNL2A"}, {"bank page", "bank SANDNL2A"},
		{"processor", "results"}, {"processor", "dead letters"}, {"processor", "health"}, // no new results, then the batch in hand
		{"relay", "processor"}, {"deliverer", "processor"}, {"trail", "processor"}, {"feed", "processor"}, // then what it handed over
		{"publisher", "relay"}, {"sender", "deliverer"}, {"broker", "publisher"}, {"store", "relay"}, {"store", "trail"}, {"store", "tokens"},
	} {
		first, ok1 := at[pair[0]]
		second, ok2 := at[pair[1]]
		if !ok1 || !ok2 || first >= second {
			t.Errorf("%s (%d) does not start before %s (%d), or does not end after it", pair[0], first, pair[1], second)
		}
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		n, err := New(b.Context(), Config{})
		if err != nil {
			b.Fatal(err)
		}
		if err := n.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := n.Await(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := n.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
