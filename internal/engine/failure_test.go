package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sandbank/internal/engine"
)

// A server that cannot start says why, in its own words.
func TestStart_BadSettingShowsLog(t *testing.T) {
	t.Parallel()
	settings := map[string]string{"no_such_setting": "1"}
	if _, err := engine.StartRabbitMQ(t.Context(), engine.RabbitMQOptions{Settings: settings}); err == nil || !strings.Contains(err.Error(), "no_such_setting") {
		t.Errorf("RabbitMQ: got %v, want its complaint", err)
	}
	if _, err := engine.StartPostgres(t.Context(), engine.PostgresOptions{Settings: settings}); err == nil || !strings.Contains(err.Error(), "no_such_setting") {
		t.Errorf("PostgreSQL: got %v, want its complaint", err)
	}
}

// A start that is given up leaves nothing behind.
func TestStart_CanceledLeavesNothing(t *testing.T) {
	// Not parallel: it looks at a folder that other tests would write to.
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := engine.StartRabbitMQ(ctx, engine.RabbitMQOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("RabbitMQ: got %v", err)
	}
	if _, err := engine.StartPostgres(ctx, engine.PostgresOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("PostgreSQL: got %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if processes := inRoom(t, dir); len(processes) > 0 {
		t.Errorf("still running:\n%s", strings.Join(processes, "\n"))
	}
}
