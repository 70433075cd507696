package e2e_test

import (
	"path/filepath"
	"testing"
)

// exported are scenarios of the library whose payments are exported from real engines; none listens over AMQP, for which the merchant
// would need a user of the broker.
var exported = []string{"second-card", "challenge", "late-success", "partial-captures", "refund-fails", "dispute", "dispute-ignored"}

// What was exported from a processor on real engines, with banks in a process of their own, is run again on an embedded
// Sandbank, and holds there: a report of a mistake that was made on a shared installation can be tried on anybody's desk.
func TestExport_FromRealEnginesHoldsEmbedded(t *testing.T) {
	t.Parallel()
	w := newGuest(t)
	_, base := w.processor()
	w.awaitUp(base)
	w.bank("SANDNL2A", "SLOWDE2A")
	w.awaitReady(base)
	w.awaitBanks(base, 2)
	for _, name := range exported {
		w.merchantSays("run", "--url", base, "--client-id", "demo-shop", "--client-secret", "demo-shop-secret", "../../scenarios/"+name+".yaml")
	}
	file := filepath.Join(t.TempDir(), "seen.yaml")
	w.merchantSays("export", "--url", base, "--all", "--out", file)
	w.merchantSays("run", file)
}
