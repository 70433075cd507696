// Package e2e_test runs Sandbank as its users do, real processes on real
// engines, and breaks parts of it while payments are under way.
package e2e_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"sandbank/bank"
	"sandbank/broker"
	"sandbank/certificate"
	"sandbank/clock"
	"sandbank/identity"
	"sandbank/internal/bustest"
	"sandbank/internal/engine"
	"sandbank/merchant/load"
	"sandbank/payment"
	"sandbank/processor/invariant"
	"sandbank/store/postgres"
)

// Each test has engines and processes of its own and waits for them most of its time, so that the tests
// run beside each other.
func TestMain(m *testing.M) { engine.Main(m, func() error { return os.RemoveAll(built) }) }

// on is the same world seen from a subtest.
func (w *world) on(t *testing.T) *world {
	seen := *w
	seen.T = t
	return &seen
}

// built is where the programs are, "" before they are; a run that failed leaves them.
var built string

// binaries builds the programs once for all tests.
var binaries = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "sandbank-e2e-")
	if err != nil {
		return "", err
	}
	built = folder
	out, err := exec.Command("go", "build", "-o", folder, "sandbank/cmd/processor", "sandbank/cmd/bank", "sandbank/cmd/merchant").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return folder, nil
})

// world is real engines and the processes on them.
type world struct {
	*testing.T
	folder   string
	rabbit   *engine.RabbitMQ
	amqp     string // the broker's addresses
	postgres *engine.Postgres
	database string
	store    *postgres.Store
	own      *certificate.Authority // where there is TLS
	web      *http.Client           // asks the processors, and trusts own
	env      []string               // of the processes; nil for the test's own
}

// newWorld has engines of its own, to be killed.
func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, engine.RabbitMQOptions{}, seven()...)
}

// newGuest has a virtual host and a database of its own, on engines that other tests use as well: each RabbitMQ costs seconds of
// processor time.
func newGuest(t *testing.T) *world {
	t.Helper()
	w := bareWorld(t)
	w.amqp, w.database = engine.VirtualHost(t), engine.Database(t)
	w.tap(w.amqp, seven()...)
	return w
}

// seven are the identifiers of all banks that there are by default.
func seven() []string {
	var list []string
	for _, b := range bank.Seven() {
		list = append(list, b.Identifier)
	}
	return list
}

// bareWorld has no engines: what runs in it brings its own.
func bareWorld(t *testing.T) *world {
	t.Helper()
	folder, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	return &world{T: t, folder: folder, web: newWeb(t, nil)}
}

// newWeb is an HTTP client with connections of its own; with nil it trusts the
// computer's authorities.
func newWeb(t *testing.T, trust *tls.Config) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = trust
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// trust is what clients in this world need for TLS; nil where there is none.
func (w *world) trust() *tls.Config {
	if w.own == nil {
		return nil
	}
	return &tls.Config{RootCAs: w.own.Pool()}
}

// newWorldOn starts the engines.
func newWorldOn(t *testing.T, options engine.RabbitMQOptions, banks ...string) *world {
	t.Helper()
	w := bareWorld(t)
	w.rabbit = engine.PrivateRabbitMQ(t, options)
	w.amqp = w.rabbit.URL()
	pg := engine.PrivatePostgres(t, engine.PostgresOptions{})
	w.postgres, w.database = pg, pg.URL()
	w.tap(w.rabbit.URL(), banks...)
	return w
}

// tap has every published message held to its description; of requests, those to the named banks.
func (w *world) tap(amqp string, banks ...string) {
	w.Helper()
	dial, err := broker.URL(amqp)
	if err != nil {
		w.Fatal(err)
	}
	seen := bustest.Tap(w.T, dial, banks...)
	w.Cleanup(func() {
		if !w.Failed() && seen() == 0 {
			w.Error("no message was held to its description")
		}
	})
}

// open opens the database for looking at it, once the processors have made it.
func (w *world) open() *postgres.Store {
	w.Helper()
	if w.store == nil {
		s, err := postgres.Open(w.Context(), w.database)
		if err != nil {
			w.Fatal(err)
		}
		w.Cleanup(func() { _ = s.Close() })
		w.store = s
	}
	return w.store
}

// process is one of our programs, which can be killed and started again.
type process struct {
	w       *world
	program string
	args    []string
	cmd     *exec.Cmd
	log     *lockedBuffer
}

// lockedBuffer keeps a process's output, for a failed test's log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (w *world) run(program string, args ...string) *process {
	w.Helper()
	p := &process{w: w, program: program, args: args, log: &lockedBuffer{}}
	p.start()
	w.Cleanup(func() {
		p.kill()
		if w.Failed() {
			w.Logf("%s %v said:\n%s", program, args, tail(p.log.String()))
		}
	})
	return p
}

func tail(s string) string { return s[max(0, len(s)-4000):] }

func (p *process) start() {
	p.w.Helper()
	p.cmd = exec.Command(filepath.Join(p.w.folder, p.program), p.args...)
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = p.log, p.log, p.w.env
	if err := p.cmd.Start(); err != nil {
		p.w.Fatal(err)
	}
}

// kill ends the process as a power cut would, and no other.
func (p *process) kill() {
	if p.cmd.Process != nil && p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// terminate asks the process to end, as an operator would, and returns its exit
// code and how long it took.
func (p *process) terminate() (code int, took time.Duration) {
	p.w.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.w.Error(err)
	}
	_ = p.cmd.Wait() // how it ended is in ProcessState
	return p.cmd.ProcessState.ExitCode(), time.Since(began)
}

// processor starts a processor on the engines and returns its base URL.
func (w *world) processor(more ...string) (*process, string) {
	w.Helper()
	return w.plain(append([]string{"--amqp-url", w.amqp, "--database-url", w.database}, more...)...)
}

// plain starts a processor with the given flags only.
func (w *world) plain(flags ...string) (*process, string) {
	w.Helper()
	addr := w.address()
	return w.run("processor", append([]string{"--addr", addr, "--quiet"}, flags...)...), "http://" + addr
}

func (w *world) bank(bics ...string) *process {
	w.Helper()
	args := []string{"--quiet", "--seed", "7", "--amqp-url", w.amqp, "--page-addr", "127.0.0.1:0"}
	for _, b := range bics {
		args = append(args, "--banks", b)
	}
	return w.run("bank", args...)
}

func (w *world) address() string { w.Helper(); return engine.Address(w) }

// awaitReady asks /readyz until it answers 200.
func (w *world) awaitReady(base string) {
	w.Helper()
	w.await(base+" is ready", func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
		if err != nil {
			return err
		}
		answer, err := w.web.Do(r)
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		if answer.StatusCode != http.StatusOK {
			return errors.New(answer.Status)
		}
		return nil
	})
}

// patience is how long anything is waited for. What is right comes in seconds; but a computer that has other work may take
// a minute to start a broker.
const patience = 5 * time.Minute

// await asks again, a few times a second, until the answer is nil.
func (w *world) await(what string, ask func(context.Context) error) {
	w.Helper()
	if err := until(w.Context(), what, ask); err != nil {
		w.Fatal(err)
	}
}

// until is [world.await] for other goroutines.
func until(ctx context.Context, what string, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		if clock.Pause(ctx, 100*time.Millisecond) != nil {
			return fmt.Errorf("not within %s: %s: %w", patience, what, err)
		}
	}
}

// settled waits until nothing is left to do, and holds everything to the
// invariants.
func (w *world) settled() *invariant.Report {
	w.Helper()
	var report *invariant.Report
	w.await("everything is settled", func(ctx context.Context) (err error) {
		if report, err = invariant.Check(ctx, w.open(), clock.Real{}.Now(), time.Minute); err != nil {
			return err
		}
		open := report.ByStatus[payment.Processing] + report.ByStatus[payment.ActionRequired]
		if open+report.Outbox+report.Deliveries+report.Unsealed > 0 {
			return fmt.Errorf("%d payments with a bank, %d messages in the outbox, %d webhooks, %d entries not sealed", open, report.Outbox, report.Deliveries, report.Unsealed)
		}
		return nil
	})
	for _, v := range report.Violations {
		w.Errorf("invariant: %s", v)
	}
	return report
}

// load makes complete payments; at calls run, in order, once when that many
// payments are done.
func (w *world) load(payments int, at map[int]func(), bases ...string) load.Report {
	w.Helper()
	return w.loadWith(load.Options{Payments: payments, Bases: bases}, at)
}

// loadWith fills in the merchant's credentials and patience.
func (w *world) loadWith(o load.Options, at map[int]func()) load.Report {
	w.Helper()
	o.ID, o.Secret, o.Concurrency = identity.DemoShop.ID, identity.DemoShop.Secret.Reveal(), 64
	o.Timeout, o.Patience = 10*time.Minute, patience // a broker begins anew while other tests have theirs
	o.Trust = w.trust()
	done := make(map[int]bool)
	var beside sync.WaitGroup
	report, err := load.Run(w.Context(), o, func(p load.Progress) {
		for n, f := range at {
			if p.Done >= n && !done[n] {
				done[n] = true
				beside.Go(f)
			}
		}
	})
	beside.Wait()
	if err != nil {
		w.Fatal(err)
	}
	if len(done) != len(at) {
		w.Errorf("only %d of %d disturbances came about", len(done), len(at))
	}
	return report
}

// nothingLost holds a load's report to what no fault may bring about.
func (w *world) nothingLost(r load.Report) {
	w.Helper()
	if !r.OK() {
		w.Errorf("the load saw %d lost %v, errors %v, %d contradictions", r.Lost, r.LostIDs, r.Errors, r.Contradictions)
	}
	w.Logf("%d payments at %.0f/s, %d requests repeated, %d webhooks came twice, %d asked for: %v",
		r.Acknowledged, r.PerSecond, r.Repeats, r.Duplicates, r.ByAsking, r.Results)
}

// awaitUp asks /livez until there is an answer.
func (w *world) awaitUp(base string) {
	w.Helper()
	w.await(base+" is up", func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/livez", nil)
		if err != nil {
			return err
		}
		answer, err := w.web.Do(r)
		if err == nil {
			_ = answer.Body.Close()
		}
		return err
	})
}
