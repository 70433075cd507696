package e2e_test

import (
	"testing"
	"time"

	"sandbank/internal/faulttest"
)

// Everything that may go wrong on purpose goes wrong on RabbitMQ and PostgreSQL, and when it is over
// nothing is left of it and all invariants hold.
func TestFaults_OnRealEngines(t *testing.T) {
	w := newWorld(t)
	_, base := w.processor("--banks", faulttest.Bank)
	w.awaitReady(base)
	w.open()
	faulttest.Run(t, base)
	w.settled(time.Minute)
}
