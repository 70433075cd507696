package dashboard

import "slices"

// Form asks for input and posts it. Refused input comes back with the reason.
type Form struct {
	ID          string // of its title, unique in the page
	Title, Lead string
	URL, Button string
	Main        bool // the button is what the page is there for
	CSRF        string
	Fields      []Field
	Error       string // the complaint about the form as a whole
}

// Field is one thing that a form asks for.
type Field struct {
	ID, Name, Label, Hint string
	Value, Error          string
	Rows                  int // more than none: of several lines
	Most                  int // characters
	Decimal               bool
	Options               []Option // to choose from
}

// Option is one choice.
type Option struct{ Value, Label string }

// Wrong reports whether something of it was refused.
func (f Form) Wrong() bool {
	return f.Error != "" || slices.ContainsFunc(f.Fields, func(f Field) bool { return f.Error != "" })
}

func wrong(forms []Form) bool { return slices.ContainsFunc(forms, Form.Wrong) }

// options are choices whose words are themselves, or made of them.
func options[T ~string](list []T, words func(string) string) []Option {
	out := make([]Option, len(list))
	for i, v := range list {
		out[i] = Option{string(v), words(string(v))}
	}
	return out
}
