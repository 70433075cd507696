package docs

import "sandbank/sim"

// FaultKind is one kind of fault, with an example that one may copy.
type FaultKind struct{ Kind, Says, Example string }

// faultExample is the body that begins a fault of a kind.
func faultExample(k sim.FaultKind) string {
	return map[sim.FaultKind]string{
		sim.BankOffline: `{"kind": "bank_offline", "bank": "SANDNL2A", "for": "30s"}`, sim.BankSlow: `{"kind": "bank_slow", "bank": "SANDNL2A", "delay": "5s", "times": 3}`,
		sim.BrokerCut: `{"kind": "broker_cut", "for": "10s"}`, sim.BrokerBlocked: `{"kind": "broker_blocked", "for": "10s"}`, sim.BrokerSlow: `{"kind": "broker_slow", "delay": "200ms"}`,
		sim.Partition: `{"kind": "partition", "bank": "SANDNL2A", "for": "20s"}`, sim.DatabaseCut: `{"kind": "database_cut", "for": "5s"}`,
		sim.DatabaseRefusing: `{"kind": "database_refusing", "share": 0.2, "seed": 7, "for": "30s"}`, sim.DatabaseSlow: `{"kind": "database_slow", "delay": "300ms", "for": "30s"}`,
		sim.ReceiverResets: `{"kind": "receiver_resets", "times": 1}`, sim.ReceiverHangs: `{"kind": "receiver_hangs", "times": 1}`, sim.ReceiverFails: `{"kind": "receiver_fails", "times": 2}`,
		sim.StreamsCut: `{"kind": "streams_cut", "for": "5s"}`,
	}[k]
}

// faultKinds lists all kinds; post makes the command that sends a body.
func faultKinds(post func(path, body string) string) (list []FaultKind) {
	for _, k := range sim.FaultKinds() {
		list = append(list, FaultKind{string(k), k.Says(), post("/sim/faults", faultExample(k))})
	}
	return list
}
