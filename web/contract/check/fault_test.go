package check

import (
	"context"
	"log/slog"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/sim"
	"sandbank/sim/outage"
)

// board is a board of faults that do nothing, and that reach the banks of this process alone.
func (h *house) board() *outage.Board {
	b := outage.New(slog.New(slog.DiscardHandler))
	b.Start(h.clock, chance.Crypto(), idle{}, func(sim.Fault, outage.Ending) {})
	return b
}

type idle struct{}

func (idle) Begin(_ context.Context, f sim.Fault) error {
	if f.Kind == sim.Partition {
		return fault.New(fault.Conflict, "fault_out_of_reach", "The bank %s runs in another process, whose connections cannot be cut from here.", f.Bank)
	}
	return nil
}

func (idle) End(context.Context, sim.Fault) error { return nil }

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
	h.bodies(path)
}
