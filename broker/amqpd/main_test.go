package amqpd_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if done := actAsRabbitmqctl(os.Args); done {
		return
	}
	goleak.VerifyTestMain(m)
}
