package engine_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sandbank/internal/engine"
)

// victimVariable makes this test binary the program that is killed with its servers running.
const victimVariable = "SANDBANK_ENGINE_VICTIM"

// beVictim starts one server of each kind, prints where they live, and waits to be killed.
func beVictim() {
	broker, err := engine.StartRabbitMQ(context.Background(), engine.RabbitMQOptions{})
	if err != nil {
		panic(err)
	}
	server, err := engine.StartPostgres(context.Background(), engine.PostgresOptions{})
	if err != nil {
		panic(err)
	}
	fmt.Println(broker.Room())
	fmt.Println(server.Room())
	select {}
}

// startVictim returns the program, once its servers are up, and their rooms.
func startVictim(t *testing.T) (victim *exec.Cmd, rooms []string) {
	t.Helper()
	victim = exec.CommandContext(t.Context(), os.Args[0])
	victim.Env = append(os.Environ(), victimVariable+"=1")
	victim.Stderr = os.Stderr
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for len(rooms) < 2 && lines.Scan() {
		rooms = append(rooms, lines.Text())
	}
	if len(rooms) < 2 {
		t.Fatalf("the program ended early: %v", victim.Wait())
	}
	return victim, rooms
}

func TestServers_DieWithTheirProgram(t *testing.T) {
	t.Parallel()
	victim, rooms := startVictim(t)
	for _, room := range rooms {
		if len(inRoom(t, room)) == 0 {
			t.Fatalf("nothing runs in %s: the search itself is broken", room)
		}
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()
	for _, room := range rooms {
		awaitEmpty(t, room)
	}
	// The next program to make a room clears away the abandoned ones.
	engine.Sweep()
	for _, room := range rooms {
		mustBeGone(t, room)
	}
}

// awaitEmpty waits until no process is left in the room.
func awaitEmpty(t *testing.T, room string) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Minute)
	for {
		left := inRoom(t, room)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still running:\n%s", strings.Join(left, "\n"))
		}
		time.Sleep(20 * time.Millisecond)
	}
}
