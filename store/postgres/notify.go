package postgres

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sandbank/payment"
	"sandbank/processor"
)

// channel is the NOTIFY channel; a payload is "<node> <merchant>,… <payment>,… <document>":
// the merchants that were told something, the payments that changed, and a document that did.
const channel = "sandbank_changes"

const (
	perNotice = 100                   // ids of each kind; a payload holds less than 8000 bytes
	gather    = 20 * time.Millisecond // how long changes wait for company
	keptNews  = 20_000                // ids that may wait; a watcher that misses one reads at its own time-out
)

// notifier tells the other processors which payments changed. It does so beside
// the commits, for several of them at once: NOTIFY inside a commit would make
// all commits queue for one lock.
type notifier struct {
	pool *pgxpool.Pool
	node string

	mu   sync.Mutex
	ids  []string
	told map[string]bool
	wake chan struct{}
	stop context.CancelFunc
	done sync.WaitGroup
}

func newNotifier(pool *pgxpool.Pool) *notifier {
	n := &notifier{pool: pool, node: uuid.NewString(), told: map[string]bool{}, wake: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	n.stop = cancel
	n.done.Go(func() { n.run(ctx) })
	return n
}

func (n *notifier) changed(w *processor.Work) {
	n.mu.Lock()
	for _, list := range [2][]payment.Payment{w.Created, w.Updated} {
		for i := range list {
			if len(n.ids) < keptNews {
				n.ids = append(n.ids, list[i].ID)
			}
		}
	}
	for i := range w.Records {
		if w.Records[i].Kind == processor.StopsRecord {
			n.ids = append(n.ids, w.Records[i].ID)
		}
	}
	for i := range w.Events {
		n.told[w.Events[i].Merchant] = true
	}
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func (n *notifier) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			n.flush(context.WithoutCancel(ctx))
			return
		case <-n.wake:
		}
		select {
		case <-ctx.Done():
		case <-time.After(gather):
		}
		n.flush(context.WithoutCancel(ctx))
	}
}

func (n *notifier) flush(ctx context.Context) {
	n.mu.Lock()
	ids, told := n.ids, slices.Collect(maps.Keys(n.told))
	n.ids = nil
	clear(n.told)
	n.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for len(ids)+len(told) > 0 {
		m, p := told[:min(perNotice, len(told))], ids[:min(perNotice, len(ids))]
		told, ids = told[len(m):], ids[len(p):]
		// A lost notice is made up for by the watchers' own time-outs, and by the next one.
		_, _ = n.pool.Exec(ctx, `SELECT pg_notify($1, $2)`, channel, n.node+" "+strings.Join(m, ",")+" "+strings.Join(p, ",")+" ")
	}
}

// kept has a transaction tell of a document that it changed, when it commits. Documents change seldom, and who waits
// for one is to hear of it at once.
func (n *notifier) kept(ctx context.Context, t pgx.Tx, document string) error {
	_, err := t.Exec(ctx, `SELECT pg_notify($1, $2)`, channel, n.node+"   "+document)
	return err
}

func (n *notifier) close() {
	n.stop()
	n.done.Wait()
}

// Listen implements the store, over as many connections as it takes.
func (s *Store) Listen(ctx context.Context, to processor.Ears) {
	for ctx.Err() == nil {
		if err := s.listenOnce(ctx, to); err != nil && ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

func (s *Store) listenOnce(ctx context.Context, to processor.Ears) error {
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack() // a listening connection never goes back
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
		return err
	}
	to.Told("")
	to.Kept("")
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		node, rest, _ := strings.Cut(n.Payload, " ")
		if node == s.news.node {
			continue
		}
		merchants, rest, _ := strings.Cut(rest, " ")
		ids, documents, _ := strings.Cut(rest, " ")
		each(merchants, to.Told)
		each(ids, to.Changed)
		each(documents, to.Kept)
	}
}

func each(list string, call func(string)) {
	for id := range strings.SplitSeq(list, ",") {
		if id != "" {
			call(id)
		}
	}
}
