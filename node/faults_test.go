package node

import (
	"testing"

	"sandbank/bank"
	"sandbank/internal/faulttest"
)

// Everything that may go wrong on purpose goes wrong, embedded, and nothing of it is left.
func TestFaults_Embedded(t *testing.T) {
	n := started(t, Config{Banks: Banks{Tempers: bank.Seven()[:1]}})
	faulttest.Run(t, n.URL())
}
