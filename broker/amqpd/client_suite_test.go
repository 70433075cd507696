package amqpd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sandbank/broker/amqpd"
)

// The client library has a suite of its own that it runs against RabbitMQ.
// This test runs the same suite, as it lies in the module cache, against this
// broker. The suite wants three things besides a URL, which are given to it:
//
//   - the product name "RabbitMQ", else it skips what is RabbitMQ's own;
//   - RabbitMQ's management API, to drop connections, on a fixed port, which
//     is replaced by a free one in the copy;
//   - rabbitmqctl, to raise a memory alarm: this test's own binary.
//
// Its tests of recovery spend seconds waiting to reconnect, so they are dealt
// out to several processes, each with a broker of its own.

// clientModule is what is tested with.
const clientModule = "github.com/rabbitmq/amqp091-go"

// clientSuiteGroups is how many processes share the suite.
const clientSuiteGroups = 6

// clientSuiteExceptions are tests that cannot run here, with the reason. There
// are none: those that need TLS or OAuth are not behind the build tag.
var clientSuiteExceptions = map[string]string{}

func TestClientSuite(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the client library's own test suite")
	}
	var brokers []*amqpd.Server
	var addrs []string
	for range clientSuiteGroups {
		s, addr := listening(t, amqpd.Config{Product: "RabbitMQ"})
		brokers, addrs = append(brokers, s), append(addrs, addr)
	}
	api := httptest.NewServer(managementAPI(brokers))
	defer api.Close()
	dir := copyClientModule(t, api.Listener.Addr().(*net.TCPAddr).Port)
	groups := deal(integrationTests(t, dir))
	binary := buildClientSuite(t, dir)

	verdicts, outputs := runAll(t, dir, binary, groups, addrs, api.URL)
	if cut := withoutVerdict(groups, verdicts); len(slices.Concat(cut...)) > 0 {
		// A test that panics or hangs ends its process and the tests after it. Those
		// get a process anew, once; a failed test does not.
		t.Logf("a process of the suite ended early; run again: %v\n%s", cut, tails(outputs))
		again, more := runAll(t, dir, binary, cut, addrs, api.URL)
		maps.Copy(verdicts, again)
		outputs = more
	}
	report(t, verdicts, slices.Concat(groups...), outputs)
}

// runAll runs each group in a process of its own and returns the tests'
// verdicts, and each process's output.
func runAll(t *testing.T, dir, binary string, groups [][]string, addrs []string, api string) (verdicts map[string]string, outputs [][]byte) {
	var wg sync.WaitGroup
	outputs = make([][]byte, len(groups))
	for i, tests := range groups {
		if len(tests) > 0 {
			wg.Go(func() { outputs[i] = runClientSuite(t, dir, binary, tests, addrs[i], api) })
		}
	}
	wg.Wait()
	verdicts = map[string]string{}
	for line := range strings.Lines(string(bytes.Join(outputs, []byte("\n")))) {
		for _, word := range []string{"PASS", "FAIL", "SKIP"} {
			if rest, ok := strings.CutPrefix(line, "--- "+word+": "); ok {
				name, _, _ := strings.Cut(rest, " ")
				verdicts[name] = word
			}
		}
	}
	return verdicts, outputs
}

func withoutVerdict(groups [][]string, verdicts map[string]string) [][]string {
	cut := make([][]string, len(groups))
	for i, tests := range groups {
		cut[i] = slices.DeleteFunc(slices.Clone(tests), func(name string) bool { return verdicts[name] != "" })
	}
	return cut
}

// tails are the ends of the outputs: a process's last words are why it ended.
func tails(outputs [][]byte) []byte {
	const most = 6 << 10
	var b bytes.Buffer
	for _, out := range outputs {
		b.Write(out[max(0, len(out)-most):])
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// deal keeps the tests that raise an alarm or are quick in the first group
// and deals out the slow ones.
func deal(tests []string) [][]string {
	groups := make([][]string, clientSuiteGroups)
	slow := 0
	for _, name := range tests {
		to := 0
		if strings.HasPrefix(name, "TestConnectionRecovery") {
			to = 1 + slow%(clientSuiteGroups-1)
			slow++
		}
		groups[to] = append(groups[to], name)
	}
	return groups
}

func buildClientSuite(t *testing.T, dir string) (binary string) {
	t.Helper()
	binary = filepath.Join(dir, "suite.test")
	cmd := exec.Command("go", "test", "-c", "-tags", "integration", "-o", binary, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the suite: %v\n%s", err, out)
	}
	return binary
}

func runClientSuite(t *testing.T, dir, binary string, tests []string, addr, api string) []byte {
	self, err := os.Executable()
	if err != nil {
		t.Error(err)
		return nil
	}
	// Twice the time of the slowest group on a busy machine.
	cmd := exec.Command(binary, "-test.v", "-test.timeout=120s", "-test.run=^("+strings.Join(tests, "|")+")$")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "AMQP_URL=amqp://guest:guest@"+addr+"/",
		"RABBITMQ_RABBITMQCTL_PATH="+self, managementEnv+"="+api)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Logf("%v: %v", tests, err) // the verdicts decide
	}
	return out
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

// report turns each verdict of the suite into a subtest.
func report(t *testing.T, verdicts map[string]string, tests []string, outputs [][]byte) {
	t.Helper()
	for _, name := range tests {
		t.Run(name, func(t *testing.T) {
			switch verdicts[name] {
			case "PASS":
			case "SKIP":
				t.Skip("skipped by the suite")
			default:
				t.Error("failed, or did not finish")
			}
		})
	}
	if t.Failed() {
		t.Logf("%s", tails(outputs))
	}
}

// managementAPI is the part of RabbitMQ's management API that the suite uses.
// The alarm is the first broker's.
func managementAPI(brokers []*amqpd.Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/connections/", func(w http.ResponseWriter, r *http.Request) {
		list := []map[string]any{}
		for _, s := range brokers {
			for _, c := range s.Connections() {
				list = append(list, map[string]any{"name": c.ID,
					"client_properties": map[string]any{"connection_name": c.Name}})
			}
		}
		_ = json.NewEncoder(w).Encode(list)
	})
	mux.HandleFunc("DELETE /api/connections/{id}", func(w http.ResponseWriter, r *http.Request) {
		dropped := slices.ContainsFunc(brokers, func(s *amqpd.Server) bool { return s.DropConnection(r.PathValue("id")) })
		if !dropped {
			http.NotFound(w, r)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /alarm/{state}", func(_ http.ResponseWriter, r *http.Request) {
		brokers[0].Block(r.PathValue("state") == "on")
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
	client := http.Client{Timeout: time.Minute}
	resp, err := client.Post(os.Getenv(managementEnv)+"/alarm/"+state, "", nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = resp.Body.Close()
	return true
}
