package engine_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"

	"sandbank/internal/engine"
)

// connect opens a session that the test closes.
func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func run(t testing.TB, conn *pgx.Conn, statement string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func ask(t *testing.T, conn *pgx.Conn, query string) string {
	t.Helper()
	var answer string
	if err := conn.QueryRow(t.Context(), query).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestPostgres_KeepsCommittedRowOverKill(t *testing.T) {
	t.Parallel()
	server := engine.PrivatePostgres(t, engine.PostgresOptions{})
	url, err := server.CreateDatabase(t.Context(), "kept")
	if err != nil {
		t.Fatal(err)
	}
	conn, open := connect(t, url), connect(t, url)
	run(t, conn, "CREATE TABLE note (text text)")
	run(t, conn, "INSERT INTO note VALUES ('committed')")
	run(t, open, "BEGIN")
	run(t, open, "INSERT INTO note VALUES ('never committed')")

	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := conn.Ping(t.Context()); err == nil {
		t.Fatal("the killed server still answers")
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, connect(t, url), "SELECT string_agg(text, ',') FROM note"); got != "committed" {
		t.Fatalf("got %q", got)
	}
}

func TestPostgres_IsDurableUnlessFast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		server func() *engine.Postgres
		want   string
	}{
		{"plain", func() *engine.Postgres { return engine.PrivatePostgres(t, engine.PostgresOptions{}) }, "on on on"},
		{"fast", func() *engine.Postgres { return engine.SharedPostgres(t) }, "off off off"},
	} {
		got := ask(t, connect(t, c.server().URL()),
			"SELECT concat_ws(' ', current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'))")
		if got != c.want {
			t.Errorf("%s: fsync, synchronous_commit, full_page_writes are %s, want %s", c.name, got, c.want)
		}
	}
}

func TestPostgres_StopLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before func(*engine.Postgres) error
	}{
		{"running", func(*engine.Postgres) error { return nil }},
		{"killed", (*engine.Postgres).Kill},
		{"shut down", func(p *engine.Postgres) error { return p.Shutdown(t.Context()) }},
	} {
		server, err := engine.StartPostgres(t.Context(), engine.PostgresOptions{Fast: true})
		if err != nil {
			t.Fatal(err)
		}
		room := server.Room()
		if len(inRoom(t, room)) == 0 {
			t.Fatal("found no process of a running server: the search itself is broken")
		}
		if err := c.before(server); err != nil {
			t.Fatalf("before the server's end by %s: %v", c.name, err)
		}
		if err := server.Stop(); err != nil {
			t.Fatalf("stopped the server after %s: %v", c.name, err)
		}
		mustBeGone(t, room)
	}
}

func TestPostgres_KilledGivesBackSharedMemory(t *testing.T) {
	t.Parallel()
	server := engine.PrivatePostgres(t, engine.PostgresOptions{Fast: true})
	id, ok := server.SharedMemoryID()
	if !ok || !segmentExists(id) {
		t.Fatal("found no shared memory of a running server: the search itself is broken")
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if segmentExists(id) {
		t.Errorf("segment %d is still there", id)
	}
}

func segmentExists(id int) bool {
	_, err := unix.SysvShmCtl(id, unix.IPC_STAT, &unix.SysvShmDesc{})
	return err == nil || errors.Is(err, unix.EACCES) // another user's, which a container's root may not see
}

func TestDatabase_IsSeparate(t *testing.T) {
	t.Parallel()
	one, other := connect(t, engine.Database(t)), connect(t, engine.Database(t))
	run(t, one, "CREATE TABLE mine ()")
	if got := ask(t, other, "SELECT coalesce(to_regclass('mine')::text, 'none')"); got != "none" {
		t.Fatalf("the other database has table %s", got)
	}
}
