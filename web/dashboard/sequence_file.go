package dashboard

import (
	"bytes"
	"io"
	"net/http"
	"slices"

	"sandbank/fault"
	"sandbank/web/gate"
	"sandbank/web/look"
	"sandbank/web/sequence"
)

// format is a form in which a sequence is taken along.
type format struct {
	name, label, media string
	ext                string
	write              func(io.Writer, sequence.Story, string) error
}

// formats are the forms. A file has every hop, none folded.
var formats = []format{
	{"svg", "SVG", "image/svg+xml; charset=utf-8", "svg", func(w io.Writer, s sequence.Story, title string) error {
		return sequence.SVG(w, sequence.Lay(s, sequence.Options{Unfold: true}), title, look.Sequence())
	}},
	{"mermaid", "Mermaid", "text/plain; charset=utf-8", "mmd", func(w io.Writer, s sequence.Story, _ string) error { return sequence.Mermaid(w, s) }},
	{"plantuml", "PlantUML", "text/plain; charset=utf-8", "puml", func(w io.Writer, s sequence.Story, _ string) error { return sequence.PlantUML(w, s) }},
	{"text", "Text", "text/plain; charset=utf-8", "txt", func(w io.Writer, s sequence.Story, _ string) error { return sequence.Text(w, s) }},
}

// filePolicy lets a drawing have its own style sheet, and nothing else.
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

// sequenceFile answers with a payment's sequence as a file.
func (d *Dashboard) sequenceFile(w http.ResponseWriter, r *http.Request) error {
	s, err := d.readStory(r)
	if err != nil {
		return err
	}
	name := gate.Query(r).Get("format")
	at := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
	if at < 0 {
		return fault.New(fault.Invalid, "query_invalid", "The query is not right.").At("format", "must be svg, mermaid, plantuml or text")
	}
	f := formats[at]
	var out bytes.Buffer
	title := s.Payment.ID + ", " + inWords(s.Payment.Amount)
	if err := f.write(&out, d.drawn(d.narrate(s), viewOf(gate.Query(r))), title); err != nil {
		return err
	}
	w.Header().Set("Content-Type", f.media)
	w.Header().Set("Content-Security-Policy", filePolicy)
	w.Header().Set("Content-Disposition", `inline; filename="`+s.Payment.ID+`.`+f.ext+`"`)
	_, err = out.WriteTo(w)
	return err
}
