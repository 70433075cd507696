package broker_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"sandbank/broker"
	"sandbank/broker/amqpd"
)

func TestNodes_ReadsOneOrSeveral(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"amqp://u:p@a:5672/":                       {"amqp://u:p@a:5672/"},
		"amqp://u:p@a/v,amqp://u:p@b/v":            {"amqp://u:p@a/v", "amqp://u:p@b/v"},
		" amqps://u:p@a/ , amqps://u:p@b:1/ ":      {"amqps://u:p@a/", "amqps://u:p@b:1/"},
		"amqp://u:p,q@a/,amqp://u:p,q@b/":          {"amqp://u:p,q@a/", "amqp://u:p,q@b/"},
		"http://u:p@a:15672/x,https://u:p@b:15672": {"http://u:p@a:15672/x", "https://u:p@b:15672"},
	} {
		if got := broker.Nodes(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q; want %q", text, got, want)
		}
	}
}

func TestAddress_SaysWhatIsWrongWithoutThePassword(t *testing.T) {
	t.Parallel()
	const hush = "hush"
	for text, want := range map[string]string{
		"http://u:hush@a/":                         "write it as amqp://",
		"amqp://u:hush%zz@a/":                      "write it as amqp://",
		"amqp://u:hush@a/,":                        "the whole address of each node",
		"amqp://u:hush@a/,http://u:hush@b/":        "write it as amqp://",
		"amqp://u:hush@a/,amqps://u:hush@b/":       "the same scheme",
		"amqp://u:hush@a/one,amqp://u:hush@b/two":  "one virtual host",
		"amqp://u:hush@a/,amqp://other:hush@b/":    "the same users",
		"amqp://u:hush@a/,amqp://u:hush-hush@b/":   "the same users",
		"amqp://u:hush@a/,amqp://u:hush@b:99999/":  "write it as amqp://",
		"amqp://u:hush@a:5672/, u:hush@b:5672":     "write it as amqp://",
		"amqp://u:hush@a:5672,b:5672,c:5672/":      "the whole address of each node",
		"amqp://u:hush@a/,amqp://u:hush@b/?x=%zzz": "",
	} {
		u, err := broker.Address(text)
		switch {
		case want == "" && (err != nil || u.Host != "a"):
			t.Errorf("%q: %v, %v; want the first node", text, u.Host, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), hush)):
			t.Errorf("%q: %v; want an error with %q and without the password", text, err, want)
		}
	}
	if got, want := broker.Hosts("amqp://u:hush@a/,amqp://u:hush@b:1/"), "a:5672, b:1"; got != want {
		t.Errorf("the hosts are %q; want %q", got, want)
	}
}

// node is a broker on a port of its own.
func node(t *testing.T) (server *amqpd.Server, address string) {
	t.Helper()
	server, err := amqpd.New(amqpd.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	at, err := server.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return server, "amqp://guest:guest@" + at.String() + "/"
}

func TestURL_DialsTheNextNodeWhereOneIsGone(t *testing.T) {
	t.Parallel()
	first, one := node(t)
	_, two := node(t)
	dial, err := broker.URL(one + "," + two)
	if err != nil {
		t.Fatal(err)
	}
	reached := func() string {
		t.Helper()
		conn, err := dial(t.Context(), "test")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		return "amqp://guest:guest@" + conn.RemoteAddr().String() + "/"
	}
	if got := reached(); got != one {
		t.Errorf("with both nodes there %s was dialed; want the first, %s", got, one)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := reached(); got != two {
			t.Errorf("without the first node %s was dialed; want the second, %s", got, two)
		}
	}
}

func TestURL_TellsWhatEachNodeSaid(t *testing.T) {
	t.Parallel()
	var gone []string
	for range 2 {
		server, address := node(t)
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		gone = append(gone, address)
	}
	dial, err := broker.URL(strings.Join(gone, ","))
	if err != nil {
		t.Fatal(err)
	}
	_, err = dial(t.Context(), "test")
	if err == nil {
		t.Fatal("a cluster without a node was reached")
	}
	for _, address := range gone {
		_, host, _ := strings.Cut(strings.Trim(address, "/"), "@")
		if !strings.Contains(err.Error(), host) {
			t.Errorf("%v does not name the node %s", err, host)
		}
	}
}
