package main

import (
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"sandbank/node"
)

// running is a Sandbank in memory whose address is returned.
func running(t *testing.T) string {
	t.Helper()
	n, err := node.New(t.Context(), node.Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close(t.Context()) })
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n.URL()
}

// A payment is created, paid, looked at and followed on the command line, in words and as JSON.
func TestPayments_FromCreationToTheEnd(t *testing.T) {
	url := running(t)
	do := func(want int, args ...string) (out, said string) {
		t.Helper()
		code, out, said := try(t.Context(), append(args, "--url", url)...)
		if code != want {
			t.Fatalf("merchant %q: want code %d, got %d, %q %q", args, want, code, out, said)
		}
		return out, said
	}
	first, _ := do(0, "payments", "create", "19.99", "EUR", "--reference", "order-7")
	id, rest, _ := strings.Cut(first, "  ")
	if !strings.HasPrefix(id, "pay_") || !strings.HasPrefix(rest, "19.99 EUR\n"+url+"/pay/") {
		t.Fatalf("created: want an id, the amount and the checkout page, got %q", first)
	}
	if out, _ := do(0, "payments", "pay", id, "--wait", "90s"); out != id+" is captured\n" {
		t.Errorf("paid: want captured, got %q", out)
	}
	if out, _ := do(0, "payments", "get", id); !strings.Contains(out, "Amount     19.99 EUR\n") || !strings.Contains(out, "Captured   19.99 EUR\n") || strings.Contains(out, "Checkout") {
		t.Errorf("a captured payment in words: got %s", out)
	}
	if out, _ := do(0, "payments", "tail", id, "--until", "captured"); strings.Count(out, "\n") != 1 || !strings.Contains(out, "  captured         "+id+"  19.99 EUR  order-7\n") {
		t.Errorf("followed to its end: want one line, got %q", out)
	}
	if _, said := do(1, "payments", "tail", id, "--until", "declined"); !strings.Contains(said, "will not become declined") {
		t.Errorf("followed to a status that does not come: %q", said)
	}

	made, _ := do(0, "payments", "create", "5", "EUR", "--format", "json", "--simulate", `{"bank": {"outcome": "declined", "reason": "insufficient_funds"}}`)
	var p struct{ ID, Status string }
	if err := json.Unmarshal([]byte(made), &p); err != nil || p.Status != "created" || strings.Count(made, "\n") != 1 {
		t.Fatalf("created as JSON: want one line, got %q %v", made, err)
	}
	if out, _ := do(0, "payments", "pay", p.ID, "--wait", "90s"); out != p.ID+" is created · insufficient_funds, the customer may try again\n" {
		t.Errorf("declined: want why, and that there is another try, got %q", out)
	}
	if out, _ := do(0, "payments", "list"); !strings.HasPrefix(out, "CREATED  ") || strings.Count(out, "\n") != 3 || !strings.Contains(out, "insufficient_funds") {
		t.Errorf("list: want a heading and two payments, one of them with why, got %s", out)
	}
	if out, _ := do(0, "payments", "list", "--status", "captured", "--bank", "SANDNL2A", "--method", "card", "--from", "2001-01-01T00:00:00Z", "--to", "2999-01-01T00:00:00Z", "--format", "json"); strings.Count(out, "\n") != 1 || !strings.Contains(out, id) {
		t.Errorf("list as JSON: want one line, got %q", out)
	}
	out, said := do(0, "events", "tail", "--after", "0", "--until", "payment.captured")
	if !strings.Contains(out, "  payment.captured          "+id+"  19.99 EUR  order-7\n") || !strings.Contains(said, "goes on from here") {
		t.Errorf("events: want those up to the capture, got %q %q", out, said)
	}
	if out, _ := do(0, "events", "tail", "--after", "0", "--count", "1", "--format", "json"); strings.Count(out, "\n") != 1 || !json.Valid([]byte(out)) {
		t.Errorf("one event as JSON: got %q", out)
	}
	do(0, "payments", "tail", "--timeout", "50ms")
	if _, said := do(5, "events", "tail", "--until", "payment.captured", "--timeout", "50ms"); !strings.Contains(said, "nothing was payment.captured") {
		t.Errorf("nothing comes in time: %q", said)
	}
}

// Every command that the docs show is one that the program takes.
func TestDocs_ShowCommandsThatExist(t *testing.T) {
	answer, err := http.Get(running(t) + "/docs/command-line")
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	var text strings.Builder
	for _, block := range regexp.MustCompile(`(?s)<pre[^>]*>(.*?)</pre>`).FindAllSubmatch(page, -1) {
		text.WriteString(html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(block[1]), "")) + "\n")
	}
	shown := regexp.MustCompile(`(?m)(?:^|[(])merchant ([a-z][^|)#\n]*)`).FindAllStringSubmatch(text.String(), -1)
	if len(shown) < 10 {
		t.Fatalf("the page shows %d commands: %q in\n%s", len(shown), shown, text.String())
	}
	for _, one := range shown {
		parser, err := kong.New(&commandLine{}, kong.Exit(func(int) {}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(strings.Fields(strings.ReplaceAll(one[1], `"`, ""))); err != nil {
			t.Errorf("merchant %s: %v", one[1], err)
		}
	}
}

func TestPayments_SayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"payments create 19.999 EUR", 1, "19.999"},
		{"payments create 1 XXX", 1, "currency"},
		{"payments create 1 EUR --simulate {", 1, "--simulate is no JSON"},
		{"payments create 1", 2, "currency"},
		{"payments pay pay_1 --wait=-1s", 1, "--wait -1s"},
		{"payments list --limit=-1", 2, "--limit -1"},
		{"payments list --format xml", 2, "text"},
		{"payments get pay_1 --url nonsense", 1, "--url"},
		{"payments tail --count=-1", 2, "--count -1"},
		{"events tail --after=-1", 2, "--after -1"},
		{"events tail --timeout=-1s", 2, "--timeout -1s"},
	} {
		code, out, err := try(t.Context(), strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(err, c.want) || out != "" {
			t.Errorf("merchant %s: want code %d and %q on standard error, got %d, %q %q", c.args, c.code, c.want, code, out, err)
		}
	}
}
