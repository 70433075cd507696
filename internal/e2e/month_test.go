//go:build soak

package e2e_test

import (
	"testing"
	"time"
)

// TestMonth_OfAThousandPayments holds how fast a month passes on real engines. It is no part of the usual tests, since a busy
// machine says little about it.
func TestMonth_OfAThousandPayments(t *testing.T) {
	if took := month(t, 1000/len(plans)); took > time.Minute {
		t.Errorf("a month of 1,000 open payments took %s on RabbitMQ and PostgreSQL: want it in a minute", took)
	}
}
