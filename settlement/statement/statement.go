// Package statement writes a bank's settlement batch as the files that banks
// deliver: comma-separated values, and the ISO 20022 messages camt.053
// (BankToCustomerStatementV08, and V02 for readers that know no later one) and camt.054
// (BankToCustomerDebitCreditNotificationV08).
//
// The account is the one into which the bank pays what it settles. A batch is one
// statement of it: the balance before, an entry for each kind of line and one for
// the bank's fees, each with its lines as transactions, and the balance after,
// which differ by what the batch pays. The notification has the same entries, and
// no balances.
package statement

import (
	"cmp"
	"io"
	"slices"

	"sandbank/broker/wire"
	"sandbank/fault"
	"sandbank/money"
)

// Statement is a batch with the account's balance before it.
type Statement struct {
	wire.Settlement
	Opening money.Net
}

// closing returns the account's balance after the batch.
func (s Statement) closing() money.Net { return s.Opening.Add(s.Net.Amount).Net() }

// Format is a file format of statements.
type Format string

// The formats.
const (
	CSV     Format = "csv"
	Camt053 Format = "camt.053"
	// Camt053v2 is the message's version 02, for readers that know no later one.
	Camt053v2 Format = "camt.053.02"
	Camt054   Format = "camt.054"
)

// Formats lists the formats.
func Formats() []Format { return []Format{CSV, Camt053, Camt053v2, Camt054} }

// ParseFormat reads the name of a format; "" is CSV.
func ParseFormat(name string) (Format, error) {
	f := cmp.Or(Format(name), CSV)
	if !slices.Contains(Formats(), f) {
		return "", fault.New(fault.Invalid, "query_invalid", "The query is not right.").At("format", "must be csv, camt.053, camt.053.02 or camt.054")
	}
	return f, nil
}

// ContentType returns the media type of the file.
func (f Format) ContentType() string {
	if f == CSV {
		return "text/csv; charset=utf-8; header=present"
	}
	return "application/xml"
}

// Extension returns the end of the file's name.
func (f Format) Extension() string {
	if f == CSV {
		return ".csv"
	}
	return "." + string(f) + ".xml"
}

// Write writes the statement. It returns the errors of w.
func (s Statement) Write(w io.Writer, f Format) error {
	switch f {
	case Camt053:
		return encode(w, s.camt053())
	case Camt053v2:
		return encode(w, s.camt053v2())
	case Camt054:
		return encode(w, s.camt054())
	case CSV:
	}
	return s.table(w)
}
