package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sandbank/audit"
)

// auditCommand reads the audit log of a database.
type auditCommand struct {
	Export auditExport `cmd:"" help:"Write the audit log as JSON lines, from the first record on."`
	Verify auditVerify `cmd:"" help:"Check the audit log's hash chain; exit code 1 and the first broken number where it does not hold."`
}

type auditExport struct {
	database
	Since time.Time `format:"2006-01-02T15:04:05Z07:00" placeholder:"2026-11-24T00:00:00Z" help:"Only what happened from then on."`
}

// Run writes the log. Each line has the record as it was hashed, so that a
// reader with all lines can compute the hashes again.
func (c *auditExport) Run(ctx context.Context, to output) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	out := bufio.NewWriter(to.out)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(true) // as the chain has it
	for r, err := range s.AllAudits(ctx) {
		if err != nil {
			return err
		}
		if r.Record.At.Before(c.Since) {
			continue
		}
		if err := lines.Encode(r); err != nil {
			return err
		}
	}
	return out.Flush()
}

type auditVerify struct {
	database
	Head string `placeholder:"NUMBER:HASH" help:"A place in the chain that was noted down before: it must still be there. Without one, nobody can tell whether the newest records were taken off."`
}

// Run walks the chain.
func (c *auditVerify) Run(ctx context.Context, to output) error {
	number, hash, err := c.head()
	if err != nil {
		return err
	}
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	at, err := s.Checkpoint(ctx)
	if err != nil {
		return err
	}
	gone := int64(0)
	for _, g := range at.Audit {
		if gone += g.Last - g.First + 1; g.Last == number && g.Hash != hash {
			return rewritten(number)
		}
	}
	v := audit.Verifier{Gaps: at.Audit}
	for r, err := range s.AllAudits(ctx) {
		if err != nil {
			return err
		}
		if err := v.Step(r); err != nil {
			return err
		}
		if r.Number == number && r.Hash != hash {
			return rewritten(number)
		}
	}
	if v.Last().Number < number {
		return &audit.Broken{Number: v.Last().Number + 1, Why: fmt.Sprintf("it is missing; %d was there once", number)}
	}
	_, _ = fmt.Fprintf(to.out, "The chain holds: %d records, %d not sealed yet.\n", v.Last().Number-gone, v.Unsealed)
	if gone > 0 {
		_, _ = fmt.Fprintf(to.out, "%d more were let go with their payments.\n", gone)
	}
	if v.Last().Number > 0 {
		_, _ = fmt.Fprintf(to.out, "Its head, to note down elsewhere: --head %d:%s\n", v.Last().Number, v.Last().Hash)
	}
	return nil
}

func rewritten(number int64) error {
	return &audit.Broken{Number: number, Why: "its hash is not the one noted down: the log was written anew"}
}

func (c *auditVerify) head() (number int64, hash string, err error) {
	if c.Head == "" {
		return -1, "", nil
	}
	text, hash, _ := strings.Cut(c.Head, ":")
	if number, err = strconv.ParseInt(text, 10, 64); err != nil || number < 1 || len(hash) != 64 {
		return 0, "", fmt.Errorf("--head %q: write it as NUMBER:HASH, as this command printed it", c.Head)
	}
	return number, hash, nil
}
