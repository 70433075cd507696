package engine_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"sandbank/internal/engine"
)

func TestMain(m *testing.M) {
	if os.Getenv(victimVariable) != "" {
		beVictim()
	}
	engine.Main(m, func() error { return goleak.Find() })
}
