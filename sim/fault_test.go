package sim_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"sandbank/fault"
	"sandbank/payment/instrument"
	"sandbank/sim"
)

func TestFaultWish_HasBounds(t *testing.T) {
	for text, want := range map[string]sim.Fault{
		`{"kind": "broker_cut"}`:                                             {Kind: sim.BrokerCut, For: "1m"},
		`{"kind": "bank_slow", "bank": "SANDNL2A", "times": 3}`:              {Kind: sim.BankSlow, Bank: "SANDNL2A", For: "1m", Delay: "1s", Times: 3},
		`{"kind": "receiver_hangs", "endpoint": "whe_1", "for": "24h0m0s"}`:  {Kind: sim.ReceiverHangs, Endpoint: "whe_1", For: "24h"},
		`{"kind": "database_slow", "delay": "10s", "share": 0.5, "seed": 7}`: {Kind: sim.DatabaseSlow, For: "1m", Delay: "10s", Share: 0.5, Seed: 7},
	} {
		var w sim.FaultWish
		if err := json.Unmarshal([]byte(text), &w); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Check(); err != nil || got != want {
			t.Errorf("%s: want %+v, got %+v, %v", text, want, got, err)
		}
	}
}

// Each thing that is wrong is named by its field.
func TestFaultWish_RefusesBadInput(t *testing.T) {
	for text, at := range map[string]string{
		`{}`: "/kind", `{"kind": "broker"}`: "/kind", `{"kind": "BROKER_CUT"}`: "/kind",
		`{"kind": "bank_offline"}`: "/bank", `{"kind": "partition", "bank": "sandnl2a"}`: "/bank", `{"kind": "broker_cut", "bank": "SANDNL2A"}`: "/bank",
		`{"kind": "broker_cut", "endpoint": "whe_1"}`: "/endpoint", `{"kind": "receiver_fails", "endpoint": "4242424242424242"}`: "/endpoint", `{"kind": "receiver_fails", "endpoint": "a\u0000"}`: "/endpoint",
		`{"kind": "broker_cut", "delay": "1s"}`: "/delay", `{"kind": "broker_slow", "delay": "11s"}`: "/delay", `{"kind": "broker_slow", "delay": "0s"}`: "/delay", `{"kind": "broker_slow", "delay": "soon"}`: "/delay",
		`{"kind": "broker_cut", "for": "0s"}`: "/for", `{"kind": "broker_cut", "for": "-1s"}`: "/for", `{"kind": "broker_cut", "for": "25h"}`: "/for", `{"kind": "broker_cut", "for": "1d"}`: "/for",
		`{"kind": "broker_cut", "times": 0}`: "/times", `{"kind": "broker_cut", "times": 10001}`: "/times", `{"kind": "broker_blocked", "times": 1}`: "/times",
		`{"kind": "broker_cut", "share": 0}`: "/share", `{"kind": "broker_cut", "share": 1.1}`: "/share", `{"kind": "bank_offline", "bank": "SANDNL2A", "share": 0.5}`: "/share",
		`{"kind": "broker_cut", "seed": 1}`: "/seed", `{"kind": "broker_cut", "share": 0.5, "seed": -1}`: "/seed",
	} {
		var w sim.FaultWish
		if err := json.Unmarshal([]byte(text), &w); err != nil {
			t.Fatal(err)
		}
		_, err := w.Check()
		if err == nil || !slices.ContainsFunc(fault.From(err).Fields, func(f fault.Field) bool { return f.Pointer == at }) {
			t.Errorf("%s: want a complaint at %s, got %v", text, at, err)
		}
	}
}

func TestFault_TheStrongestComesFirst(t *testing.T) {
	list := []sim.Fault{{ID: "flt_2", Kind: sim.DatabaseSlow}, {ID: "flt_3", Kind: sim.DatabaseCut}, {ID: "flt_1", Kind: sim.DatabaseSlow}}
	slices.SortFunc(list, sim.Stronger)
	if list[0].ID != "flt_3" || list[1].ID != "flt_1" || list[2].ID != "flt_2" {
		t.Errorf("want flt_3, flt_1, flt_2, got %+v", list)
	}
}

// FuzzFaultWish reads wishes: one that is accepted is within every bound.
func FuzzFaultWish(f *testing.F) {
	f.Add(`{"kind": "broker_slow", "delay": "2s", "for": "10m", "times": 7, "share": 0.5, "seed": 9}`)
	f.Add(`{"kind": "partition", "bank": "SANDNL2A"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var w sim.FaultWish
		if json.Unmarshal([]byte(text), &w) != nil {
			return
		}
		got, err := w.Check()
		if err != nil {
			if e := fault.From(err); e.Kind != fault.Invalid || len(e.Fields) == 0 {
				t.Fatalf("%q: want a fault of form that names a field, got %+v", text, e)
			}
			return
		}
		got = got.Begun("flt_1", time.Unix(0, 0))
		length := got.EndsAt.Sub(got.BeganAt)
		if length <= 0 || length > sim.MaxFaultFor || got.Times < 0 || got.Times > sim.MaxFaultTimes || got.Share < 0 || got.Share > 1 ||
			got.Slowness() < 0 || got.Slowness() > sim.MaxFaultFor || got.Kind.OfBank() != (got.Bank != "") || instrument.NamesCard(got.Endpoint) {
			t.Fatalf("%q passes as %+v", text, got)
		}
	})
}
