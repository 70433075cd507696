package check

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/identity/guest"
	"sandbank/sim"
	"sandbank/sim/outage"
)

// board is a board of faults that do nothing, and that reach the banks of this process alone. Beside it there is another
// processor, at whose database one acts.
func (h *house) board() *outage.Board {
	b := outage.New(slog.New(slog.DiscardHandler))
	b.Start(h.clock, chance.Crypto(), idle{}, func(sim.Fault, outage.Ending) {})
	now := h.clock.Now().Format(time.RFC3339)
	other := &neighbor{doc: []byte(`{"version": 1, "seen": {"another": 1000000}, "faults": [{"owner": "another", "id": "flt_elsewhere", "kind": "database_slow",
		"delay": "1s", "for": "24h", "began_at": "` + now + `", "ends_at": "2199-01-01T00:00:00Z", "struck": 0}]}`)}
	b.Share(other, other)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); b.Run(ctx, time.Second) }()
	h.t.Cleanup(func() { cancel(); <-done })
	return b
}

// neighbor is another processor on the same database, with the document that both share.
type neighbor struct {
	mu  sync.Mutex
	doc []byte
}

func (n *neighbor) Name() string { return "this" }

func (n *neighbor) Present(context.Context) ([]string, error) { return []string{"another"}, nil }

func (n *neighbor) ChangeSecret(_ context.Context, _ string, change func([]byte) ([]byte, error)) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	doc, err := change(n.doc)
	if err == nil {
		n.doc = doc
	}
	return doc, err
}

func (n *neighbor) Secret(ctx context.Context, name string, _ func() ([]byte, error)) ([]byte, error) {
	return n.ChangeSecret(ctx, name, func(old []byte) ([]byte, error) { return old, nil })
}

type idle struct{}

func (idle) Begin(_ context.Context, f sim.Fault) error {
	if f.Kind == sim.Partition {
		return fault.New(fault.Conflict, "fault_out_of_reach", "The bank %s runs in another process, whose connections cannot be cut from here.", f.Bank)
	}
	return nil
}

func (idle) End(context.Context, sim.Fault) error { return nil }

// opensMerchants has merchants made and ended.
func (h *house) opensMerchants() {
	h.t.Helper()
	const path = "/sim/merchants"
	made := h.staff(201, "", "POST", path, `{"name": "Harbor Goods", "expires_in_seconds": 60}`)
	one := path + "/" + made["id"].(string)
	h.staff(200, "", "GET", one, "")
	h.staff(200, "", "GET", path, "")
	h.bodies(path)
	for range guest.Most - 1 {
		if _, err := h.api.Guests.Open(h.t.Context(), guest.Wish{Kind: guest.ForScenario, Until: time.Now().Add(time.Hour)}); err != nil {
			h.t.Fatal(err)
		}
	}
	h.staff(409, "merchants_too_many", "POST", path, "")
	h.staff(204, "", "DELETE", one, "")
	h.staff(404, "merchant_not_found", "DELETE", one, "")
	h.staff(404, "merchant_not_found", "GET", one, "")
}

// goesWrong has faults begin and end.
func (h *house) goesWrong() {
	h.t.Helper()
	const path = "/sim/faults"
	made := h.staff(201, "", "POST", path, `{"kind": "broker_slow", "delay": "2s", "share": 0.5, "for": "10m", "times": 7}`)
	one := path + "/" + made["id"].(string)
	h.staff(200, "", "GET", one, "")
	h.staff(200, "", "GET", path, "")
	h.staff(201, "", "POST", path, `{"kind": "bank_offline", "bank": "SANDNL2A"}`)
	h.staff(409, "fault_in_force", "POST", path, `{"kind": "bank_offline", "bank": "SANDNL2A"}`)
	h.staff(409, "fault_out_of_reach", "POST", path, `{"kind": "partition", "bank": "SANDNL2A"}`)
	for range sim.MaxFaults - 2 {
		h.staff(201, "", "POST", path, `{"kind": "receiver_fails"}`)
	}
	h.staff(409, "faults_too_many", "POST", path, `{"kind": "receiver_fails"}`)
	h.staff(400, "request_invalid", "POST", path, `{"kind": "broker"}`)
	h.staff(400, "json_invalid", "POST", path, `{"kind": "broker_cut", "more": 1}`)
	h.staff(204, "", "DELETE", one, "")
	h.staff(404, "fault_not_found", "DELETE", one, "")
	h.staff(404, "fault_not_found", "GET", one, "")
	for elsewhere := false; !elsewhere; { // until the document was read
		list := h.staff(200, "", "GET", path, "")["data"].([]any)
		elsewhere = slices.ContainsFunc(list, func(f any) bool { return f.(map[string]any)["acts_at"] == "another_processor" })
	}
	h.staff(409, "fault_out_of_reach", "DELETE", path+"/flt_elsewhere", "")
	h.bodies(path)
}
