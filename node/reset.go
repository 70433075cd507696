package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/audit"
	"sandbank/bank"
	"sandbank/bank/journal"
	"sandbank/broker"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/store/postgres"
	"sandbank/store/sqlite"
)

// patience is how long a life may take to end before the next one begins.
const patience = 10 * time.Second

// errShared is the answer where others would be left behind.
func errShared(why, hint string) error {
	return fault.New(fault.Conflict, "reset_refused", "This processor does not begin anew: %s.", why).Hinting("%s", hint)
}

// whole reports whether everything is within this process.
func (n *life) whole() bool { return n.config.Store.URL == "" && n.config.AMQP.embedded() }

// alone complains about others who would be left behind.
func (n *life) alone(ctx context.Context) error {
	if n.whole() {
		return nil
	}
	if !n.config.AllowReset {
		return errShared("its database or its broker is not its own", "Start it with --allow-reset if both may be emptied, or without --database-url and --amqp-url.")
	}
	if n.hand != nil {
		if others, err := n.hand.Others(ctx); err != nil {
			return err
		} else if others > 0 {
			return errShared("another processor works on its database", "End the others first.")
		}
	}
	for _, b := range n.directory.Banks() {
		if b.Online && !n.here(b.Identifier) {
			return errShared("the bank "+b.Identifier+" is in another process, and would remember what is gone", "End the banks of other processes first.")
		}
	}
	return nil
}

// here reports whether a bank is one of this process.
func (n *life) here(bic string) bool {
	return slices.ContainsFunc(n.config.Banks.Tempers, func(t bank.Temper) bool { return t.Identifier == bic })
}

// Reset puts everything back to the beginning: payments, books, events, endpoints, banks, the clock, the
// identifiers that a seed makes. What others know the node by stays: addresses, credentials, and the keys
// that its tokens and signatures hang on. Requests wait meanwhile, and streams end. It is refused where the
// database or the broker is not the node's own.
func (n *Node) Reset(ctx context.Context) error {
	if err := n.alone(ctx); err != nil {
		return err
	}
	return n.begin(ctx, n.wipe, false)
}

// begin ends the present life, prepares what the next one finds, and begins it. Where the store cannot be read,
// the present life goes on. After a later failure the state of before begins again, if it is to be kept and can be;
// else there is no life, and the node has to be restarted.
func (n *Node) begin(ctx context.Context, prepare func(context.Context, *estate) error, keep bool) error {
	leaveDoor(ctx)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if !n.changing.TryLock() {
		return fault.New(fault.Conflict, "reset_busy", "Everything is beginning anew just now.").Hinting("Try again in a moment.")
	}
	defer n.changing.Unlock()
	old := n.life
	if _, err := leaving(ctx, old.store); err != nil {
		return err // before anything has ended
	}
	old.endAllStreams()
	n.door.mu.Lock()
	defer n.door.mu.Unlock()
	n.door.waiting.Lock() // their context has ended
	defer n.door.waiting.Unlock()
	left, err := leaving(ctx, old.store) // again, since a token may have been revoked meanwhile
	var saved *snapshot
	if s, failed := old.snapshot(ctx); keep && failed == nil {
		saved = &s
	}
	if failed := old.parts.Stop(ctx); failed != nil {
		n.log.Warn("the former life did not end well", "error", failed)
	}
	if err == nil {
		err = prepare(ctx, left)
	}
	if err == nil {
		err = n.follow(ctx, old, left)
	}
	if err != nil && saved != nil {
		if back := n.bringBack(ctx, *saved, left); back == nil && n.follow(ctx, old, left) == nil {
			return badSnapshot("no processor can begin with what it says; everything is as it was").Because(err)
		}
	}
	if err != nil {
		n.log.Error("nothing could begin anew; restart the processor", "error", err)
		old.handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "This processor could not begin anew, and has ended. Restart it.", http.StatusServiceUnavailable)
		})
		old.foreign = old.handler
	}
	return err
}

// follow has a life follow another at the same addresses.
func (n *Node) follow(ctx context.Context, old *life, left *estate) error {
	c := n.settings
	if left.chance != nil {
		c.Seed = left.chance.Seed
	}
	if old.amqpAddr != nil {
		c.AMQP.Addr = old.AMQPAddr()
	}
	if old.amqpsAddr != nil {
		c.AMQP.SecureAddr = old.AMQPSAddr()
	}
	left.shop, left.page = addressOf(old.shopListener), old.pageAddr
	next, err := born(ctx, old.place, c, left, n)
	if err != nil {
		return err
	}
	err = next.parts.Start(ctx)
	if err == nil {
		err = next.Await(ctx)
		next.sendWhatWaits(ctx)
	}
	if err != nil {
		return errors.Join(err, next.parts.Stop(ctx))
	}
	if act := audit.Of(ctx); act != nil { // the former life took its audit log with it
		by := act.Sketch()
		by.Outcome = audit.Allowed
		next.trail.Record(by)
		act.Keep()
	}
	n.life = next
	n.door.open(next)
	return nil
}

// sendWhatWaits waits until what a former life left in the outbox is on its way, so that time does not go on
// without it; for long it does not wait, since a bank may be away.
func (n *life) sendWhatWaits(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for {
		waiting, err := n.store.Backlog(ctx)
		if err != nil || waiting == 0 || clock.Pause(ctx, gatherLook) != nil {
			return
		}
	}
}

// wipe removes what is kept outside this process, and in the data folder; in memory everything has gone with
// the life.
func (n *Node) wipe(ctx context.Context, _ *estate) error {
	if url := n.config.Store.URL.Reveal(); url != "" {
		if err := postgres.Wipe(ctx, url); err != nil {
			return err
		}
	}
	if !n.config.AMQP.embedded() {
		if err := broker.Declare(ctx, n.dial, n.purge); err != nil {
			return err
		}
	}
	folder := n.config.Store.Folder
	if folder == "" {
		return nil
	}
	for _, name := range []string{sqlite.FileName, journal.FileName} {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(filepath.Join(folder, name+suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("the data folder cannot be emptied: %w", err)
			}
		}
	}
	return nil
}

// purge empties the queues of this node at a broker outside.
func (n *life) purge(ch *amqp.Channel) error {
	err := broker.DeclareProcessor(ch)
	queues := []string{broker.ResultsQueue, broker.DeadLetters}
	for _, t := range n.config.Banks.Tempers {
		err = errors.Join(err, broker.DeclareBank(t.Identifier)(ch))
		queues = append(queues, broker.BankQueue(t.Identifier))
	}
	for _, q := range queues {
		_, failed := ch.QueuePurge(q, false)
		err = errors.Join(err, failed)
	}
	return err
}
