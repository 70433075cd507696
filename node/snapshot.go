package node

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sandbank/bank"
	"sandbank/bank/book"
	"sandbank/bank/journal"
	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/store/sqlite"
)

// The files of a snapshot.
const (
	manifestFile = "snapshot.json"
	databaseFile = "sandbank.db"
	banksFile    = "banks.jsonl" // every bank's journal, a record on each line
)

// snapshotFormat counts the forms that snapshots have had.
const snapshotFormat = 1

// maxUnpacked bounds the files of a snapshot together, in bytes.
const maxUnpacked = 2 << 30

// manifest says what a snapshot is of.
type manifest struct {
	Format int           `json:"format"`
	At     time.Time     `json:"at"`             // simulated time
	Luck   *chance.State `json:"luck,omitempty"` // where a seed has got to
}

// snapshot is a node's whole state, but for what its tokens and sessions hang on.
type snapshot struct {
	manifest
	database []byte
	banks    map[string][]book.Record
}

// settling is how long a snapshot waits for the system to come to rest, in the computer's time. What is still
// on its way then is sent again, as after a restart.
const settling = 2 * time.Second

// Snapshot writes the whole state of the node as a ZIP file. It is refused where the state is not the
// node's own, and where a bank's journal has gone past its bound.
func (n *Node) Snapshot(ctx context.Context, to io.Writer) error {
	if !n.whole() {
		return errShared("its state is not in this process alone", "Snapshots are of embedded processors: start one without --database-url and --amqp-url.")
	}
	leaveDoor(ctx)
	n.door.mu.Lock() // no command meanwhile
	taken, err := n.life.snapshot(ctx)
	n.door.mu.Unlock()
	if err != nil {
		return err
	}
	return taken.write(to)
}

func (n *life) snapshot(ctx context.Context) (s snapshot, err error) {
	within, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	for parts := n.timed(); clock.Ask(parts).Part != "" && clock.Pause(within, gatherLook) == nil; {
	}
	s.manifest = manifest{Format: snapshotFormat, At: n.config.Clock.Now()}
	if at, repeats := n.chance.State(); repeats {
		s.Luck = &at
	}
	if db, ok := n.store.(*sqlite.Store); ok {
		// The database first: a bank that is ahead of it is asked again, and says the same again.
		s.database, err = db.Image(ctx, credentials()...)
	}
	s.banks = map[string][]book.Record{}
	if err == nil && n.banks != nil {
		for _, b := range n.banks.Banks {
			err = errors.Join(err, b.Journal.Replay(ctx, func(r book.Record) error {
				s.banks[b.Identifier] = append(s.banks[b.Identifier], r)
				return nil
			}))
		}
	}
	if errors.Is(err, bank.ErrForgotten) {
		err = fault.New(fault.Conflict, "snapshot_refused", "So much has happened here that the banks' journals were let go.").
			Hinting("Reset first, or keep everything in a folder: start the processor with --data.")
	}
	return s, err
}

// write writes the files of a snapshot.
func (s snapshot) write(to io.Writer) error {
	z := zip.NewWriter(to)
	put := func(name string, write func(io.Writer) error) error {
		f, err := z.Create(name)
		if err == nil {
			err = write(f)
		}
		return err
	}
	return errors.Join(
		put(manifestFile, func(w io.Writer) error { return json.NewEncoder(w).Encode(s.manifest) }),
		put(databaseFile, func(w io.Writer) error { _, err := w.Write(s.database); return err }),
		put(banksFile, func(w io.Writer) error {
			encoder := json.NewEncoder(w)
			for _, list := range s.banks {
				for _, r := range list {
					if err := encoder.Encode(r); err != nil {
						return err
					}
				}
			}
			return nil
		}),
		z.Close(),
	)
}

// badSnapshot is the error for what is no snapshot.
func badSnapshot(format string, args ...any) *fault.Error {
	return fault.New(fault.Unprocessable, "snapshot_invalid", "This is no snapshot that can be brought back: "+format+".", args...).
		Hinting("GET /sim/snapshot of a processor of this version, with the same banks, makes one.")
}

// readSnapshot reads the files of a snapshot, and believes nothing of what they say.
func readSnapshot(ctx context.Context, packed []byte) (s snapshot, err error) {
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return s, badSnapshot("it is no ZIP file").Because(err)
	}
	left, files := int64(maxUnpacked), map[string][]byte{}
	for _, name := range []string{manifestFile, databaseFile, banksFile} {
		f, err := z.Open(name)
		if err != nil {
			return s, badSnapshot("it has no file %s", name).Because(err)
		}
		body, err := io.ReadAll(io.LimitReader(f, left+1))
		_ = f.Close()
		if left -= int64(len(body)); err != nil || left < 0 {
			return s, badSnapshot("%s cannot be unpacked, or is too large", name).Because(err)
		}
		files[name] = body
	}
	if err := json.Unmarshal(files[manifestFile], &s.manifest); err != nil || s.Format != snapshotFormat {
		return s, badSnapshot("%s does not say that it has the format %d", manifestFile, snapshotFormat).Because(err)
	}
	s.database, s.banks = files[databaseFile], map[string][]book.Record{}
	if err := sqlite.CheckImage(ctx, s.database); err != nil {
		return s, badSnapshot("%s is no sound database of this version of Sandbank", databaseFile).Because(err)
	}
	lines := json.NewDecoder(bytes.NewReader(files[banksFile]))
	for n := 1; ; n++ {
		var r book.Record
		err := lines.Decode(&r)
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil || r.Bank == "" {
			return s, badSnapshot("line %d of %s is no record of a bank", n, banksFile).Because(err)
		}
		s.banks[r.Bank] = append(s.banks[r.Bank], r)
	}
}

// Restore begins anew with the state of a snapshot. What [Node.Reset] says holds for it, too.
func (n *Node) Restore(ctx context.Context, packed []byte) error {
	if !n.whole() {
		return errShared("its state is not in this process alone", "Snapshots are of embedded processors: start one without --database-url and --amqp-url.")
	}
	s, err := readSnapshot(ctx, packed)
	if err != nil {
		return err
	}
	for bic := range s.banks {
		if !n.door.present().here(bic) {
			return badSnapshot("it has the book of the bank %s, which does not run here", bic)
		}
	}
	return n.begin(ctx, func(ctx context.Context, left *estate) error { return n.bringBack(ctx, s, left) }, true)
}

// bringBack puts a snapshot where the next life finds it.
func (n *Node) bringBack(ctx context.Context, s snapshot, left *estate) error {
	if err := n.wipe(ctx, left); err != nil {
		return err
	}
	left.chance = s.Luck
	folder := n.config.Store.Folder
	if folder == "" {
		left.database, left.banks = s.database, s.banks
		return nil
	}
	if err := os.WriteFile(filepath.Join(folder, sqlite.FileName), s.database, 0o600); err != nil {
		return fmt.Errorf("the data folder cannot be written: %w", err)
	}
	kept, err := journal.Open(ctx, folder)
	if err != nil {
		return err
	}
	for bic, records := range s.banks {
		err = errors.Join(err, kept.Of(bic).Append(ctx, records))
	}
	return errors.Join(err, kept.Close())
}
