package sim

import (
	"slices"
	"strings"
	"time"
)

// FaultKind is what goes wrong in the system on purpose.
type FaultKind string

// The kinds. Where several of one part are in force, the first in this order that strikes decides.
const (
	BankOffline      FaultKind = "bank_offline"      // the bank announces it, and leaves its requests in the queue
	BankSlow         FaultKind = "bank_slow"         // the bank answers later, by Delay of simulated time
	BrokerCut        FaultKind = "broker_cut"        // connections to the broker are cut, and new ones refused
	BrokerBlocked    FaultKind = "broker_blocked"    // the broker takes no message, as under a memory alarm
	BrokerSlow       FaultKind = "broker_slow"       // what comes from the broker comes later, by Delay
	Partition        FaultKind = "partition"         // one bank is cut from the broker
	DatabaseCut      FaultKind = "database_cut"      // connections to the database are cut, and new ones refused
	DatabaseRefusing FaultKind = "database_refusing" // the database refuses what it is asked
	DatabaseSlow     FaultKind = "database_slow"     // the database takes longer, by Delay
	ReceiverResets   FaultKind = "receiver_resets"   // a webhook's connection is reset
	ReceiverHangs    FaultKind = "receiver_hangs"    // a webhook gets no answer until its time is up
	ReceiverFails    FaultKind = "receiver_fails"    // a webhook is answered with 500
	StreamsCut       FaultKind = "streams_cut"       // open streams end, and new ones are refused
)

// FaultKinds lists the kinds, the strongest of each part first.
func FaultKinds() []FaultKind {
	return []FaultKind{
		BankOffline, BankSlow, BrokerCut, BrokerBlocked, BrokerSlow, Partition, DatabaseCut, DatabaseRefusing, DatabaseSlow,
		ReceiverResets, ReceiverHangs, ReceiverFails, StreamsCut,
	}
}

// OfBank reports whether the fault is one bank's, which has to be named.
func (k FaultKind) OfBank() bool { return k == BankOffline || k == BankSlow || k == Partition }

// OfDatabase reports whether the fault is one of the way to the database.
func (k FaultKind) OfDatabase() bool { return strings.HasPrefix(string(k), "database_") }

// Everywhere reports whether the fault acts at every processor on one database. A partition is of a bank of one
// process; and who cannot read the database cannot be told that a fault has ended.
func (k FaultKind) Everywhere() bool { return k != Partition && !k.OfDatabase() }

// OfReceiver reports whether the fault is one of webhook receivers.
func (k FaultKind) OfReceiver() bool { return strings.HasPrefix(string(k), "receiver_") }

// Slow reports whether the fault makes something take longer, by Delay.
func (k FaultKind) Slow() bool { return strings.HasSuffix(string(k), "_slow") }

// Strikes reports whether the fault meets single requests, tries or connections, of which a number or
// a share can be named. Any other one is there as a whole.
func (k FaultKind) Strikes() bool { return k != BankOffline && k != BrokerBlocked }

// Says is the kind in words.
func (k FaultKind) Says() string {
	return map[FaultKind]string{
		BankOffline: "the bank is offline", BankSlow: "the bank is slow", BrokerCut: "the broker is cut off", BrokerBlocked: "the broker takes no message",
		BrokerSlow: "the broker is slow", Partition: "the bank is cut off from the broker", DatabaseCut: "the database is cut off",
		DatabaseRefusing: "the database refuses", DatabaseSlow: "the database is slow", ReceiverResets: "webhook connections are reset",
		ReceiverHangs: "webhooks get no answer", ReceiverFails: "webhooks are answered with 500", StreamsCut: "streams are cut",
	}[k]
}

// Bounds of a fault.
const (
	DefaultFaultFor = time.Minute // in simulated time, where neither For nor Times is given
	MaxFaultFor     = 24 * time.Hour
	MaxFaultTimes   = 10_000
	DefaultSlowness = time.Second
	MaxSlowness     = 10 * time.Second // of the computer's time; a bank may be slower
	MaxFaults       = 20               // in force at a time
)

// Fault is something that goes wrong in the system on purpose, within its bounds.
type Fault struct {
	ID       string    `json:"id"`
	Kind     FaultKind `json:"kind"`
	Bank     string    `json:"bank,omitempty"`     // BIC
	Endpoint string    `json:"endpoint,omitempty"` // of a receiver; "" for all
	Delay    When      `json:"delay,omitempty"`    // of a slow one
	For      When      `json:"for"`                // of simulated time
	Times    int       `json:"times,omitempty"`    // how often it strikes; 0 for no such bound
	Share    float64   `json:"share,omitempty"`    // of what it meets; 0 for all
	Seed     uint64    `json:"seed,omitempty"`     // of the share's luck

	BeganAt time.Time `json:"began_at"`
	EndsAt  time.Time `json:"ends_at"` // at the latest
	Struck  int       `json:"struck"`  // how often it did
	// ActsAt says where it acts, as seen from one of several processors; "" for the only one.
	ActsAt FaultReach `json:"acts_at,omitempty"`
}

// FaultReach says where a fault acts, of the processors on one database.
type FaultReach string

// The reaches.
const (
	AtEveryProcessor   FaultReach = "every_processor"
	AtThisProcessor    FaultReach = "this_processor"    // at the one that is asked, alone
	AtAnotherProcessor FaultReach = "another_processor" // at another one, alone
)

// Says is the fault in words.
func (f Fault) Says() string {
	words := f.Kind.Says()
	if f.Bank != "" {
		words += ": " + f.Bank
	}
	if f.Endpoint != "" {
		words += " at " + f.Endpoint
	}
	if f.Delay != "" {
		words += ", by " + string(f.Delay)
	}
	return words
}

// Slowness is by how much a slow one makes something take longer.
func (f Fault) Slowness() time.Duration {
	d, _ := f.Delay.Duration()
	return d
}

// Concerns reports whether the fault may touch a payment at a bank. One of a single endpoint is told by
// the tries that meet it: other merchants' payments must not name the endpoint.
func (f Fault) Concerns(bank string) bool {
	return (f.Bank == "" || f.Bank == bank) && f.Endpoint == ""
}

// InForce reports whether the fault is there at an instant.
func (f Fault) InForce(at time.Time) bool {
	return at.Before(f.EndsAt) && (f.Times == 0 || f.Struck < f.Times)
}

// Stronger orders faults: by kind, and the older of one kind first.
func Stronger(a, b Fault) int {
	kinds := FaultKinds()
	if d := slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind); d != 0 {
		return d
	}
	return strings.Compare(a.ID, b.ID)
}

// Touch is a fault that a payment met, for its timeline and its why.
type Touch struct {
	Fault string    `json:"fault"` // id
	Kind  FaultKind `json:"kind"`
	Says  string    `json:"says"`
	At    time.Time `json:"at"`
	// Wish is for such a fault again; nil on payments that were touched before it was kept.
	Wish *FaultWish `json:"wish,omitempty"`
}

// Wish is for such a fault again.
func (f Fault) Wish() *FaultWish {
	w := &FaultWish{Kind: string(f.Kind), Bank: f.Bank, Endpoint: f.Endpoint, Delay: string(f.Delay), For: string(f.For)}
	if f.Times > 0 {
		w.Times = &f.Times
	}
	if f.Share > 0 {
		seed := int64(f.Seed)
		w.Share, w.Seed = &f.Share, &seed
	}
	return w
}
