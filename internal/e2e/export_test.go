package e2e_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"
)

// exported are scenarios of the library whose payments are exported from real engines; none listens over AMQP, for which the merchant
// would need a user of the broker, and none has a dispute, of which a bank tells at a moment of its own.
var exported = []string{"second-card", "challenge", "late-success", "partial-captures", "refund-fails"}

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
	merchant := func(args ...string) {
		t.Helper()
		var said bytes.Buffer
		c := exec.CommandContext(t.Context(), filepath.Join(w.folder, "merchant"), args...)
		c.Stdout, c.Stderr = &said, &said
		if err := c.Run(); err != nil {
			t.Fatalf("merchant %q ended with %v and said\n%s", args, err, said.String())
		}
	}
	for _, name := range exported {
		merchant("run", "--url", base, "--client-id", "demo-shop", "--client-secret", "demo-shop-secret", "../../scenarios/"+name+".yaml")
	}
	file := filepath.Join(t.TempDir(), "seen.yaml")
	merchant("export", "--url", base, "--all", "--out", file)
	merchant("run", file)
}
