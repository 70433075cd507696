package sequence

import (
	"html"
	"io"
	"strings"
)

// The places within a row, from its top.
const (
	lineAt   = 27 // the line of a hop
	aboveBy  = 8  // the title's foot above the line
	detailBy = 16 // the detail's foot below the line
	backBy   = 25 // the line of the reply below the first
	half     = 7  // of a busy bar's width
)

// pen writes the parts of a drawing. Every text goes through say, which escapes.
type pen struct {
	strings.Builder
	Layout
	reaches []reach // of the spans
}

func (p *pen) put(parts ...string) {
	for _, part := range parts {
		p.WriteString(part)
	}
}

// escape makes a text fit to stand in XML, which has no control characters, nor bytes that are no text.
func escape(text string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD")))
}

// say draws a text around a place, cut to the room that there is.
func (p *pen) say(class string, x, y, size, room int, text string) {
	if text == "" {
		return
	}
	p.put(`<text class="`, class, `" x="`, itoa(x), `" y="`, itoa(y), `">`, escape(fit(text, size, room)), `</text>`)
}

// Head draws the names of the lanes.
func Head(w io.Writer, l Layout) error {
	p := pen{Layout: l, reaches: reaches(l)}
	p.open("seq-head", headHeight, "")
	p.head()
	p.put("</svg>")
	_, err := io.WriteString(w, p.String())
	return err
}

// Body draws what happened below the lanes' names. Each of its parts has a key that stays while the
// story grows, so that a page can add what is new and leave the rest. Links lead to #step-ID.
func Body(w io.Writer, l Layout, title string) error {
	p := pen{Layout: l, reaches: reaches(l)}
	p.open("seq-body", l.Height, title)
	p.body()
	p.put("</svg>")
	_, err := io.WriteString(w, p.String())
	return err
}

// SVG draws the whole as a file that needs nothing else; style is its style sheet.
func SVG(w io.Writer, l Layout, title, style string) error {
	p := pen{Layout: l, reaches: reaches(l)}
	p.open("seq-file", headHeight+l.Height, title)
	if style != "" {
		p.put("<style>", strings.ReplaceAll(html.EscapeString(style), "&#39;", "'"), "</style>")
	}
	p.put(`<rect class="seq-ground" width="`, itoa(Width), `" height="`, itoa(headHeight+l.Height), `"/>`)
	p.head()
	p.put(`<g transform="translate(0 `, itoa(headHeight), `)">`)
	p.body()
	p.put("</g></svg>")
	_, err := io.WriteString(w, p.String())
	return err
}

func (p *pen) open(class string, height int, title string) {
	if p.Large {
		class += " seq-large"
	}
	p.put(`<svg xmlns="http://www.w3.org/2000/svg" class="sequence `, class, `" viewBox="0 0 `, itoa(Width), ` `, itoa(height), `" width="`, itoa(Width), `" height="`, itoa(height), `"`)
	if title == "" {
		p.put(` aria-hidden="true" focusable="false">`)
		return
	}
	p.put(` role="group" aria-label="`, escape(title), `">`)
}

// small is the size of what is said beside a title.
func (p *pen) small() int {
	if p.Large {
		return 13
	}
	return 11
}

func (p *pen) head() {
	room := (Width-gutter)/max(len(p.Lanes), 1) - 10
	for _, l := range p.Lanes {
		x := p.x(l.ID)
		name := "seq-name"
		if wide(l.Name, 14) > room-8 {
			name = "seq-name tight"
		}
		p.put(`<g class="seq-lane l-`, l.Kind, `"><rect x="`, itoa(x-room/2), `" y="6" width="`, itoa(room), `" height="40" rx="9"/>`)
		if l.Note == "" {
			p.say(name, x, 31, 12, room-4, l.Name)
		} else {
			p.say(name, x, 24, 12, room-4, l.Name)
			p.say("seq-under", x, 39, p.small(), room-8, l.Note)
		}
		p.put("</g>")
	}
}

func (p *pen) body() {
	p.lives()
	for i, r := range p.reaches {
		p.span(i, r)
	}
	for _, r := range p.Rows {
		p.strip(r)
	}
}

func (p *pen) lives() {
	p.put(`<g data-key="lives" class="seq-lives">`)
	for _, l := range p.Lanes {
		x := itoa(p.x(l.ID))
		p.put(`<line x1="`, x, `" y1="0" x2="`, x, `" y2="100%"/>`)
	}
	p.put("</g>")
}

// strip draws a row at its place.
func (p *pen) strip(r Row) {
	p.put(`<g data-key="`, escape(r.Key), `" class="seq-row r-`, string(r.Kind), `" transform="translate(0 `, itoa(r.Y), `)">`)
	p.row(r)
	p.put("</g>")
}

// Part is one of the parts of a body, by the key that it has in the drawing.
type Part struct{ Key, Markup string }

// Parts are the parts of a body in their order, so that a page that has the drawing can be told what is new in it.
func Parts(l Layout) (list []Part) {
	p := pen{Layout: l, reaches: reaches(l)}
	take := func(key string) {
		if p.Len() > 0 {
			list = append(list, Part{key, p.String()})
		}
		p.Reset()
	}
	p.lives()
	take("lives")
	for i, r := range p.reaches {
		p.span(i, r)
		take("span-" + itoa(i))
	}
	for _, r := range p.Rows {
		p.strip(r)
		take(r.Key)
	}
	return list
}

func (p *pen) row(r Row) {
	switch r.Kind {
	case HopRow, ComingRow:
		p.hop(r)
	case FoldRow:
		p.fold(r)
	case BandRow:
		p.band(r)
	case NowRow:
		p.now(r)
	}
}

// reach is from where to where a span goes.
type reach struct {
	lane        string
	top, bottom int
	ok          bool
}

// reaches finds where the spans go.
func reaches(l Layout) []reach {
	rows, now := map[string]Row{}, Row{}
	for _, r := range l.Rows {
		switch r.Kind {
		case HopRow:
			rows[r.Hop.ID] = r
		case FoldRow:
			for _, h := range r.Folded {
				rows[h.ID] = r
			}
		case NowRow:
			now = r
		case BandRow, ComingRow:
		}
	}
	list := make([]reach, len(l.Spans))
	for i, s := range l.Spans {
		from, began := rows[s.From]
		until, ended := rows[s.Until]
		r := reach{lane: s.Lane, top: from.Y + lineAt - 8}
		switch {
		case ended:
			r.bottom = until.Y + lineAt + 8 + backBy*more(until.Hop.Reply)
		case now.Kind == NowRow:
			r.bottom = now.Y + nowHeight/2
		}
		r.ok = began && l.lane(s.Lane) >= 0 && r.bottom > r.top
		list[i] = r
	}
	return list
}

// span draws that a lane is busy.
func (p *pen) span(i int, r reach) {
	if !r.ok {
		return
	}
	kind := p.Lanes[p.lane(r.lane)].Kind
	p.put(`<rect data-key="span-`, itoa(i), `" class="seq-busy l-`, kind, `" x="`, itoa(p.x(r.lane)-half), `" y="`, itoa(r.top), `" width="`, itoa(2*half), `" height="`, itoa(r.bottom-r.top), `" rx="4"/>`)
}

// busy reports whether a bar stands on the lane at a height.
func (p *pen) busy(lane string, y int) bool {
	for _, r := range p.reaches {
		if r.ok && r.lane == lane && y >= r.top && y <= r.bottom {
			return true
		}
	}
	return false
}
