package statement

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"
)

// table writes the batch line by line, as it came.
func (s Statement) table(w io.Writer) error {
	t := csv.NewWriter(w)
	t.UseCRLF = true
	_ = t.Write([]string{"batch", "sequence", "reference", "payment", "kind", "direction", "booked_at", "currency", "amount", "fee"})
	for _, l := range s.Lines {
		_ = t.Write([]string{
			Cell(s.ID), strconv.Itoa(s.Sequence), Cell(l.Reference), Cell(l.Payment), string(l.Kind), l.Direction,
			l.BookedAt.Format(time.RFC3339Nano), string(s.Currency), l.Amount.Value(), l.Fee.Value(),
		})
	}
	t.Flush()
	return t.Error()
}

// Cell is text that somebody else chose, written so that no spreadsheet takes it
// for a formula.
func Cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
