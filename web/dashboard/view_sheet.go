package dashboard

import (
	"strings"
	"time"

	"sandbank/money"
	"sandbank/web/look"
)

// SheetView is a page of tables: a list, or one thing with its parts.
type SheetView struct {
	Frame
	CSRF   string
	Title  string
	Status string // of the one thing; "" for a list
	Lead   string
	// UpURL and Up lead to the list that it is in; "" on a list.
	UpURL, Up string
	Links     []Link
	Filter    *SheetFilter
	Facts     []Fact
	Tables    []Table
	Actions   []Action // buttons about the whole page
	Forms     []Form
}

// Link leads to a page that belongs to this one.
type Link struct{ Label, URL string }

// SheetFilter filters a list. Hidden are the query's values that it keeps.
type SheetFilter struct {
	Title, URL string
	Field      Field
	Hidden     *Field
}

// Press is the form of an action.
func (v SheetView) Press(a Action) Button { return Button{a.Label, a.URL, v.CSRF} }

// Wrong reports whether something that was typed was refused.
func (v SheetView) Wrong() bool { return wrong(v.Forms) }

// Table is one table of a sheet.
type Table struct {
	Title   string
	Columns []Column
	Rows    []TableRow
	Nothing string // what to say where there are no rows
	Anchor  string
	Pager   Pager
}

// Pager leads to other pages of a list; what is "" is not there.
type Pager struct {
	Of       string // which list, where a page has several
	Back, On Link
	LetGo    bool // what is listed went with payments that were let go
}

// Column heads a column.
type Column struct {
	Label string
	Right bool // figures
}

// TableRow is one row, with buttons for viewers who may press them.
type TableRow struct {
	Cells   []Cell
	Buttons []Button
}

// Cell is one cell: a status, a time, or a text, which may lead somewhere.
type Cell struct {
	Text   string
	URL    string
	Status string
	At     time.Time
	Right  bool
	Mono   bool
	Zero   bool // a sum of nothing, which steps back
}

// LabeledCell is a cell with its column's label, for screens too narrow for a
// head.
type LabeledCell struct {
	Cell
	Label string
}

// Under gives a cell the label of its column.
func (c Cell) Under(columns []Column, i int) LabeledCell {
	if i >= len(columns) {
		return LabeledCell{Cell: c}
	}
	return LabeledCell{c, columns[i].Label}
}

func text(s string) Cell         { return Cell{Text: s} }
func words(s string) Cell        { return Cell{Text: look.Sentence(strings.ReplaceAll(s, "_", " "))} }
func mono(s string) Cell         { return Cell{Text: s, Mono: true} }
func link(s, url string) Cell    { return Cell{Text: s, URL: url} }
func state(s string) Cell        { return Cell{Status: s} }
func stamp(t time.Time) Cell     { return Cell{At: t} }
func idLink(id, url string) Cell { return Cell{Text: brief(id), URL: url, Mono: true} }

func cash(a money.Amount) Cell {
	return Cell{Text: inWords(a), Right: true, Zero: a.IsZero()}
}

func inWords(a money.Amount) string { return look.Money(a.Value(), string(a.Currency())) }

// brief is an id by its kind and its end: the beginning is the time, which many
// share.
func brief(id string) string {
	prefix, rest, ok := strings.Cut(id, "_")
	if !ok || len(rest) <= 12 {
		return id
	}
	return prefix + "_…" + rest[len(rest)-12:]
}

func left(labels ...string) []Column {
	list := make([]Column, len(labels))
	for i, l := range labels {
		if len(l) > 0 && l[0] == '>' {
			list[i] = Column{l[1:], true}
			continue
		}
		list[i] = Column{Label: l}
	}
	return list
}
