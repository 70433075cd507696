package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Leave has the node report from now on that it is not ready, while it goes on with all that it is asked: who sends it
// requests looks for another one before it ends.
func (n *Node) Leave() { n.door.present().leaving.Store(true) }

// Ready reports the trouble of each part, "" for none: "broker", "database", "banks"; and "process", once that leaves.
func (n *life) Ready(ctx context.Context) map[string]string {
	checks := map[string]string{"broker": "", "database": "", "banks": ""}
	if !n.connected.Load() {
		checks["broker"] = "not connected; trying again"
	}
	checks["database"] = n.writes.problem(ctx)
	checks["banks"] = n.banksMissing()
	if n.leaving.Load() {
		checks["process"] = "about to end"
	}
	return checks
}

// banksMissing names the banks that are missing: every bank of this process has to be heard, and at
// least one bank, here or elsewhere, has to be online.
func (n *life) banksMissing() string {
	if list := n.directory.Unheard(); len(list) > 0 {
		return "not heard of yet: " + strings.Join(list, ", ")
	}
	for _, b := range n.directory.Banks() {
		if b.Online {
			return ""
		}
	}
	return "none is online"
}

// Await waits until the node is ready, and returns the trouble where ctx ends before that.
func (n *life) Await(ctx context.Context) error {
	look := time.NewTicker(100 * time.Millisecond) // for what rings no bell, such as a database that answers again
	defer look.Stop()
	for {
		stirred := n.stirred.next()
		checks := n.Ready(context.WithoutCancel(ctx))
		var wrong []string
		for part, problem := range checks {
			if problem != "" {
				wrong = append(wrong, part+": "+problem)
			}
		}
		if len(wrong) == 0 {
			return nil
		}
		select {
		case <-stirred:
		case <-look.C:
		case <-ctx.Done():
			slices.Sort(wrong)
			return fmt.Errorf("not ready: %s", strings.Join(wrong, "; "))
		}
	}
}

// bell wakes every waiter when it rings.
type bell struct{ *ringing }

type ringing struct {
	mu   sync.Mutex
	rung chan struct{}
}

func newBell() bell { return bell{&ringing{rung: make(chan struct{})}} }

// next is closed when the bell rings next.
func (r *ringing) next() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rung
}

func (r *ringing) ring() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.rung)
	r.rung = make(chan struct{})
}
