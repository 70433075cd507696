package amqpd_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sandbank/amqpd"
)

// The client library has a suite of its own that it runs against RabbitMQ.
// This test runs the same suite, as it lies in the module cache, against this
// broker. The suite wants three things besides a URL, which are given to it:
//
//   - the product name "RabbitMQ", else it skips what is RabbitMQ's own;
//   - RabbitMQ's management API, to drop connections, on a fixed port, which
//     is replaced by a free one in the copy;
//   - rabbitmqctl, to raise a memory alarm: this test's own binary.

// clientModule is what is tested with.
const clientModule = "github.com/rabbitmq/amqp091-go"

// clientSuiteExceptions are tests that cannot run here, with the reason.
var clientSuiteExceptions = map[string]string{
	"TestTLSHandshake": "does not use a broker; slow and tested by its authors",
}

func TestClientSuite(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the client library's own test suite")
	}
	s, err := amqpd.New(amqpd.Config{Product: "RabbitMQ"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	addr, err := s.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(managementAPI(s))
	defer api.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := copyClientModule(t, api.Listener.Addr().(*net.TCPAddr).Port)

	cmd := exec.Command("go", "test", "-tags", "integration", "-json", "-count=1", "-timeout", "240s",
		"-run", "^("+strings.Join(integrationTests(t, dir), "|")+")$", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"AMQP_URL=amqp://guest:guest@"+addr.String()+"/",
		"RABBITMQ_RABBITMQCTL_PATH="+self,
		managementEnv+"="+api.URL,
		"GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.Output()
	report(t, out)
	if err != nil {
		t.Errorf("go test: %v", err)
	}
}

// copyClientModule copies the library, as tests may write where they run, and
// the module cache is read-only.
func copyClientModule(t *testing.T, managementPort int) string {
	t.Helper()
	src, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", clientModule).Output()
	if err != nil {
		t.Fatalf("find %s: %v", clientModule, err)
	}
	dir := filepath.Join(t.TempDir(), "client")
	if err := os.CopyFS(dir, os.DirFS(strings.TrimSpace(string(src)))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"recovery_test.go", "internal/utils/http.go"} {
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b = bytes.ReplaceAll(b, []byte("15672"), fmt.Append(nil, managementPort))
		if err := os.Remove(path); err != nil { // the copy is read-only too
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// integrationTests are the names of the tests behind the build tag.
func integrationTests(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(b, []byte("//go:build integration")) {
			continue
		}
		for line := range strings.Lines(string(b)) {
			name, _, ok := strings.Cut(strings.TrimPrefix(line, "func "), "(t *testing.T)")
			if ok && strings.HasPrefix(name, "Test") && clientSuiteExceptions[name] == "" {
				names = append(names, name)
			}
		}
	}
	return append(names, "ExampleConnection_reconnect")
}

// report turns each result of the suite into a subtest.
func report(t *testing.T, out []byte) {
	t.Helper()
	logs := map[string]*strings.Builder{}
	passed, failed, skipped := 0, 0, 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var e struct {
			Action, Test, Output string
			Elapsed              float64
		}
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		log := logs[e.Test]
		if log == nil {
			log = &strings.Builder{}
			logs[e.Test] = log
		}
		log.WriteString(e.Output)
		if e.Test == "" || strings.Contains(e.Test, "/") {
			continue
		}
		switch e.Action {
		case "pass":
			passed++
			t.Logf("%5.1fs %s", e.Elapsed, e.Test)
		case "fail":
			failed++
			t.Run(e.Test, func(t *testing.T) { t.Errorf("failed after %.1fs\n%s", e.Elapsed, log) })
		case "skip":
			skipped++
			t.Run(e.Test, func(t *testing.T) { t.Skip(log.String()) })
		}
	}
	t.Logf("client suite: %d passed, %d failed, %d skipped", passed, failed, skipped)
	if passed == 0 {
		t.Errorf("nothing passed:\n%s", logs[""])
	}
}

// managementAPI is as much of RabbitMQ's as the suite uses.
func managementAPI(s *amqpd.Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/connections/", func(w http.ResponseWriter, r *http.Request) {
		list := []map[string]any{}
		for _, c := range s.Connections() {
			list = append(list, map[string]any{"name": c.ID, "client_properties": map[string]any{"connection_name": c.Name}})
		}
		_ = json.NewEncoder(w).Encode(list)
	})
	mux.HandleFunc("DELETE /api/connections/{id}", func(w http.ResponseWriter, r *http.Request) {
		if !s.DropConnection(r.PathValue("id")) {
			http.NotFound(w, r)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /alarm/{state}", func(_ http.ResponseWriter, r *http.Request) {
		s.Block(r.PathValue("state") == "on")
	})
	return mux
}

// managementEnv tells the stand-in for rabbitmqctl where the broker is.
const managementEnv = "AMQPD_TEST_MANAGEMENT"

// actAsRabbitmqctl does "set_vm_memory_high_watermark" when called for it.
func actAsRabbitmqctl(args []string) bool {
	if len(args) != 3 || args[1] != "set_vm_memory_high_watermark" {
		return false
	}
	state := "off"
	if args[2] == "0.0001" {
		state = "on"
	}
	client := http.Client{Timeout: 5 * time.Second}
	resp, err := client.Post(os.Getenv(managementEnv)+"/alarm/"+state, "", nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = resp.Body.Close()
	return true
}
