package e2e_test

import (
	"testing"

	"sandbank/internal/faulttest"
)

// Everything that may go wrong on purpose goes wrong on RabbitMQ and PostgreSQL, and when it is over
// nothing is left of it and all invariants hold.
func TestFaults_OnRealEngines(t *testing.T) {
	t.Parallel()
	w := newGuest(t)
	_, base := w.processor("--banks", faulttest.Bank)
	_, other := w.processor()
	w.awaitReady(base)
	w.awaitReady(other)
	w.open()
	faulttest.Run(t, base, other)
	w.settled()
}
