package dashboard

import "sandbank/look"

// SheetView is a page of tables: a list, or one thing with its parts.
type SheetView struct {
	Frame
	CSRF   string
	Title  string
	Status string // of the one thing; "" for a list
	Lead   string
	// UpURL and Up lead to the list that it is in; "" on a list.
	UpURL, Up string
	Facts     []Fact
	Tables    []Table
	Actions   []Action // buttons about the whole page
	Form      *TextForm
}

// Press is the form of an action.
func (v SheetView) Press(a Action) Button { return Button{a.Label, a.URL, v.CSRF} }

// Table is one table of a sheet.
type Table struct {
	Title   string
	Columns []Column
	Rows    []TableRow
	Nothing string // what to say where there are no rows
	Anchor  string
}

// Column heads a column.
type Column struct {
	Label string
	Right bool // figures
}

// TableRow is one row, with buttons for whoever may press them.
type TableRow struct {
	Cells   []Cell
	Buttons []Button
}

// Cell is one cell: a status, or a text, which may lead somewhere.
type Cell struct {
	Text   string
	URL    string
	Status string
	Right  bool
	Mono   bool
}

// TextForm asks for a text.
type TextForm struct {
	Title, Lead, Label, Name, URL, Button string
	Rows                                  int
}

func text(s string) Cell          { return Cell{Text: s} }
func mono(s string) Cell          { return Cell{Text: s, Mono: true} }
func link(s, url string) Cell     { return Cell{Text: s, URL: url} }
func state(s string) Cell         { return Cell{Status: s} }
func sum(value, code string) Cell { return Cell{Text: look.Money(value, code), Right: true} }
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
