package amqptest_test

import (
	"testing"

	"go.uber.org/goleak"

	"sandbank/internal/engine"
)

func TestMain(m *testing.M) {
	engine.Main(m, func() error { return goleak.Find() })
}
