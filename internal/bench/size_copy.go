package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// copied are the tables whose rows a stored payment has, or what settled it and paid it out. Seals and
// balances are not among them: the store itself seals what was copied.
var copied = []string{"payments", "states", "messages", "entries", "postings", "events", "deliveries", "attempts", "audits", "items", "records"}

// named finds what has to be another in each copy: identifiers, of which the time stays, and the names that
// a load gives its orders. Webhook endpoints stay the same.
var named = regexp.MustCompile(`([a-z]+)_[0-9a-f]{8}-[0-9a-f]{4}-7([0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})|load-([a-z2-7]{8})-`)

// table is what a table has, cut where copies differ.
type table struct {
	name    string
	columns []string
	parts   []part
}

// part is a text that all copies have, and what follows it in one of them.
type part struct {
	text     []byte
	tail     []byte // of an identifier, without its time
	order    bool   // the name of a load follows
	sequence int64  // an event's number follows; 0 for none
}

// copies copies all that a database has so many times, by COPY.
func copies(ctx context.Context, url string, n int) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	last, err := lastSequence(ctx, conn)
	if err != nil {
		return err
	}
	var tables []table
	for _, name := range copied {
		t, err := readTable(ctx, conn, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		tables = append(tables, t)
	}
	restore, err := dropIndexes(ctx, conn)
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	failed := make(chan error, len(tables))
	for _, t := range tables {
		all.Go(func() { failed <- t.copy(ctx, url, n, last) })
	}
	all.Wait()
	for range tables {
		if err := <-failed; err != nil {
			return err
		}
	}
	if err := restoreIndexes(ctx, url, restore); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `UPDATE sequences s SET last = (SELECT max(sequence) FROM events e WHERE e.merchant = s.merchant)
		WHERE EXISTS (SELECT FROM events e WHERE e.merchant = s.merchant)`)
	return err
}

// lastSequence is the number of the last event of any merchant.
func lastSequence(ctx context.Context, conn *pgx.Conn) (last int64, err error) {
	err = conn.QueryRow(ctx, `SELECT coalesce(max(last), 0) FROM sequences`).Scan(&last)
	return last, err
}

// readTable reads the rows of a table that have an identifier of their own.
func readTable(ctx context.Context, conn *pgx.Conn, name string) (t table, err error) {
	t.name = name
	rows, err := conn.Query(ctx, `SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1
		AND column_name <> 'xid' AND is_generated = 'NEVER' ORDER BY column_name <> 'sequence', ordinal_position`, name)
	if err != nil {
		return t, err
	}
	if t.columns, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return t, err
	}
	var blob bytes.Buffer
	where := ""
	if name == "records" || name == "messages" {
		where = ` WHERE id ~ '_[0-9a-f]{8}-[0-9a-f]{4}-7'` // else there is one of that name
	}
	_, err = conn.PgConn().CopyTo(ctx, &blob, `COPY (SELECT `+quoted(t.columns)+` FROM `+name+where+` ORDER BY ctid) TO STDOUT`)
	if err != nil {
		return t, err
	}
	for line := range bytes.Lines(blob.Bytes()) {
		if t.columns[0] == "sequence" {
			number, rest, _ := bytes.Cut(line, []byte("\t"))
			sequence, err := strconv.ParseInt(string(number), 10, 64)
			if err != nil {
				return t, err
			}
			t.parts = append(t.parts, part{sequence: sequence})
			line = append([]byte("\t"), rest...)
		}
		t.cut(line)
	}
	return t, nil
}

func quoted(columns []string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = pgx.Identifier{c}.Sanitize()
	}
	return strings.Join(list, ", ")
}

// cut takes a row apart.
func (t *table) cut(line []byte) {
	at := 0
	for _, m := range named.FindAllSubmatchIndex(line, -1) {
		switch {
		case m[6] >= 0:
			t.parts = append(t.parts, part{text: line[at:m[6]], order: true})
			at = m[7]
		case string(line[m[2]:m[3]]) != "whe":
			t.parts = append(t.parts, part{text: line[at:m[4]], tail: line[m[4]:m[5]]})
			at = m[5]
		}
	}
	t.parts = append(t.parts, part{text: line[at:]})
}

// copy writes n copies of the table's rows, whose events go on after the last one.
func (t table) copy(ctx context.Context, url string, n int, last int64) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	from, to := io.Pipe()
	go func() {
		var b []byte
		for i := 1; i <= n; i++ {
			b = t.append(b[:0], uint64(i), last)
			if _, err := to.Write(b); err != nil {
				break // the reader has the reason
			}
		}
		_ = to.Close()
	}()
	_, err = conn.PgConn().CopyFrom(ctx, from, `COPY `+t.name+` (`+quoted(t.columns)+`) FROM STDIN`)
	_ = from.Close()
	if err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	return nil
}

// append writes the rows of one copy.
func (t table) append(b []byte, nth uint64, last int64) []byte {
	for _, p := range t.parts {
		b = append(b, p.text...)
		switch {
		case p.sequence > 0:
			b = strconv.AppendInt(b, int64(nth)*last+p.sequence, 10)
		case p.order:
			b = append(b, orderOf(nth)...)
		case p.tail != nil:
			b = appendTail(b, p.tail, nth)
		}
	}
	return b
}

// orderOf is the name of a copy's load.
func orderOf(nth uint64) string {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	var name [8]byte
	for i := range name {
		name[i] = letters[nth>>(5*i)&31]
	}
	return string(name[:])
}

// appendTail writes the tail of an identifier in a copy: the same one wherever the identifier stands.
func appendTail(b, tail []byte, nth uint64) []byte {
	h := fnv.New64a()
	_, _ = h.Write(tail)
	x := h.Sum64() + nth*0x9e3779b97f4a7c15 // as SplitMix64 has it
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	var digits [16]byte
	hex.Encode(digits[:], []byte{byte(x >> 56), byte(x >> 48), byte(x >> 40), byte(x >> 32), byte(x >> 24), byte(x >> 16), byte(x >> 8), byte(x)})
	begin, used := len(b), 0
	b = append(b, tail...) // abc-8def-0123456789ab
	for i := range tail {
		if tail[i] == '-' || i == 4 || used == len(digits) { // the variant stays
			continue
		}
		b[begin+i] = digits[used]
		used++
	}
	return b
}

// index is one that is made anew after the copies, which is quicker than to keep it up.
type index struct{ table, drop, make string }

func dropIndexes(ctx context.Context, conn *pgx.Conn) ([]index, error) {
	rows, err := conn.Query(ctx, `SELECT t.relname,
			CASE WHEN c.oid IS NULL THEN format('DROP INDEX %I', i.relname) ELSE format('ALTER TABLE %I DROP CONSTRAINT %I', t.relname, c.conname) END,
			CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.oid) ELSE format('ALTER TABLE %I ADD CONSTRAINT %I %s', t.relname, c.conname, pg_get_constraintdef(c.oid)) END
		FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
		LEFT JOIN pg_constraint c ON c.conindid = i.oid AND c.contype IN ('p', 'u') WHERE t.relname = ANY($1)`, copied)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (x index, err error) {
		err = r.Scan(&x.table, &x.drop, &x.make)
		return x, err
	})
	for _, x := range list {
		if err == nil {
			_, err = conn.Exec(ctx, x.drop)
		}
	}
	return list, err
}

// restoreIndexes makes them again, those of two tables at a time.
func restoreIndexes(ctx context.Context, url string, list []index) error {
	slices.SortStableFunc(list, func(a, b index) int { return strings.Compare(a.table, b.table) })
	var all sync.WaitGroup
	failed := make(chan error, 2)
	for half := range 2 {
		all.Go(func() { failed <- restoreSome(ctx, url, list, half) })
	}
	all.Wait()
	for range 2 {
		if err := <-failed; err != nil {
			return err
		}
	}
	return nil
}

func restoreSome(ctx context.Context, url string, list []index, half int) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, `SET maintenance_work_mem = '1GB'`); err != nil {
		return err
	}
	for _, x := range list {
		if slices.Index(copied, x.table)%2 != half {
			continue
		}
		if _, err := conn.Exec(ctx, x.make); err != nil {
			return fmt.Errorf("%s: %w", x.make, err)
		}
	}
	return nil
}
