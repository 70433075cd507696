package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"sandbank/ledger"
	"sandbank/money"
	"sandbank/processor"
	"sandbank/store/postgres"
)

// The number of accounts between which transfers go, and of our transfers in
// one commit.
const (
	transferAccounts = 50
	transferBatch    = 256
)

// plainLedger is the usual double entry in a database: a transfer with two
// postings and the running balances of its two accounts, locked in their order
// and updated, in one transaction of one round trip.
const plainLedger = `
CREATE TABLE plain_account (id int PRIMARY KEY, balance numeric NOT NULL);
INSERT INTO plain_account SELECT n, 0 FROM generate_series(1, 50) n;
CREATE TABLE plain_transfer (id bigserial PRIMARY KEY, key text UNIQUE NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE plain_posting (transfer bigint NOT NULL REFERENCES plain_transfer, account int NOT NULL REFERENCES plain_account, amount numeric NOT NULL, balance numeric NOT NULL);
CREATE INDEX plain_posting_account ON plain_posting (account, transfer);
CREATE FUNCTION plain_move(k text, debit int, credit int, amount numeric) RETURNS void LANGUAGE plpgsql AS $$
DECLARE t bigint; d numeric; c numeric;
BEGIN
  PERFORM 1 FROM plain_account WHERE id IN (debit, credit) ORDER BY id FOR UPDATE;
  INSERT INTO plain_transfer (key) VALUES (k) RETURNING id INTO t;
  UPDATE plain_account SET balance = balance + amount WHERE id = debit RETURNING balance INTO d;
  UPDATE plain_account SET balance = balance - amount WHERE id = credit RETURNING balance INTO c;
  INSERT INTO plain_posting VALUES (t, debit, amount, d), (t, credit, -amount, c);
END $$`

// transfers measures how many transfers a second the ledger books, whole commits
// of them and sealed in its chain, and how many a plain one does by one in each
// transaction. Both are in databases of their own on the same server, and both
// are durable when they are counted.
func transfers(ctx context.Context, at string, span time.Duration) (ours, plain float64, err error) {
	target, drop, err := freshDatabase(ctx, at)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	if plain, err = plainTransfers(ctx, target, span); err != nil {
		return 0, 0, fmt.Errorf("plain ledger: %w", err)
	}
	if ours, err = ourTransfers(ctx, target, span); err != nil {
		return 0, 0, fmt.Errorf("ledger: %w", err)
	}
	return ours, plain, nil
}

func freshDatabase(ctx context.Context, at string) (target string, drop func() error, err error) {
	conn, err := pgx.Connect(ctx, at)
	if err != nil {
		return "", nil, err
	}
	name := fmt.Sprintf("bench_ledger_%08x", rand.Uint32())
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, errors.Join(err, conn.Close(ctx))
	}
	u, err := url.Parse(at)
	if err != nil {
		return "", nil, err
	}
	u.Path = "/" + name
	return u.String(), func() error {
		_, err := conn.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
		return errors.Join(err, conn.Close(ctx))
	}, nil
}

func plainTransfers(ctx context.Context, at string, span time.Duration) (float64, error) {
	setUp, err := pgx.Connect(ctx, at)
	if err != nil {
		return 0, err
	}
	defer func() { _ = setUp.Close(ctx) }()
	if _, err := setUp.Exec(ctx, plainLedger); err != nil {
		return 0, err
	}
	var n atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, writers)
	began := time.Now()
	for w := range writers {
		all.Go(func() { failed <- moveUntil(ctx, at, w, began.Add(span), &n) })
	}
	all.Wait()
	took := time.Since(began)
	for range writers {
		if err := <-failed; err != nil {
			return 0, err
		}
	}
	return float64(n.Load()) / took.Seconds(), nil
}

func moveUntil(ctx context.Context, at string, writer int, end time.Time, n *atomic.Int64) error {
	conn, err := pgx.Connect(ctx, at)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for i := 0; time.Now().Before(end); i++ {
		debit, credit := pair()
		if _, err := conn.Exec(ctx, `SELECT plain_move($1, $2, $3, 1.00)`, fmt.Sprintf("transfer:%d:%d", writer, i), debit, credit); err != nil {
			return err
		}
		n.Add(1)
	}
	return nil
}

// pair picks two different accounts.
func pair() (debit, credit int) {
	debit = 1 + rand.IntN(transferAccounts)
	return debit, 1 + (debit+rand.IntN(transferAccounts-1))%transferAccounts
}

// ourTransfers books as processors do: one worker that commits what waits, and
// beside it the sealer, which has come to the end before the time is taken.
func ourTransfers(ctx context.Context, at string, span time.Duration) (float64, error) {
	store, err := postgres.Open(ctx, at)
	if err != nil {
		return 0, err
	}
	defer func() { _ = store.Close() }()
	amount, n := money.Must("1.00", "EUR"), 0
	var sealer sync.WaitGroup
	done, sealed := make(chan struct{}), make(chan error, 1)
	sealer.Go(func() { sealed <- sealUntil(ctx, store, done) })
	began := time.Now()
	for err == nil && time.Since(began) < span {
		err = store.Commit(ctx, processor.Load{}, func(w *processor.Work) error {
			for range transferBatch {
				n++
				debit, credit := pair()
				w.Entries = append(w.Entries, ledger.Entry{
					ID: fmt.Sprintf("ent_%012d", n), Key: fmt.Sprintf("transfer:%d", n), Kind: "transfer", Description: "A transfer", At: began,
					Postings: []ledger.Posting{
						{Account: ledger.Account(fmt.Sprintf("account:%d", debit)), Side: ledger.Debit, Amount: amount},
						{Account: ledger.Account(fmt.Sprintf("account:%d", credit)), Side: ledger.Credit, Amount: amount},
					},
				})
			}
			return nil
		})
	}
	close(done)
	sealer.Wait()
	return float64(n) / time.Since(began).Seconds(), errors.Join(err, <-sealed)
}

// sealUntil seals until everything is sealed that was booked before done.
func sealUntil(ctx context.Context, store *postgres.Store, done <-chan struct{}) error {
	for last := false; ; {
		n, err := store.Seal(ctx, 2000)
		if err != nil || last && n == 0 {
			return err
		}
		select {
		case <-done:
			last = true
		default:
		}
	}
}
