package sequence

import (
	"strings"
)

// hop draws a hop, as a link to what is said of it elsewhere on the page.
func (p *pen) hop(r Row) {
	h := r.Hop
	class := "seq-hop k-" + h.Kind
	if h.Tone != "" {
		class += " t-" + h.Tone
	}
	if h.Never {
		class += " never"
	}
	p.say("seq-time", gutter-14, lineAt+4, 12, gutter, r.Label)
	link := r.Kind != ComingRow
	if link {
		p.put(`<a class="`, class, `" href="#step-`, escape(h.ID), `"><title>`, escape(p.words(h)), `</title>`)
		p.put(`<rect class="seq-hit" x="`, itoa(gutter-84), `" y="2" width="`, itoa(Width-gutter+80), `" height="`, itoa(r.Height-4), `" rx="8"/>`)
	} else {
		p.put(`<g class="`, class, `">`)
	}
	if h.From == h.To {
		p.note(h)
	} else {
		p.arrow(r)
	}
	if link {
		p.put("</a>")
	} else {
		p.put("</g>")
	}
}

// words are a hop as one sentence, for those who hear it.
func (p *pen) words(h Hop) string {
	text := p.name(h.From)
	if h.To != h.From {
		text += " to " + p.name(h.To)
	}
	text += ": " + h.Title
	for _, part := range []string{h.Detail, h.Behind} {
		if part != "" {
			text += "; " + part
		}
	}
	if h.Reply != "" {
		text += "; the answer: " + h.Reply
	}
	return text
}

func (s Story) name(lane string) string {
	if i := s.lane(lane); i >= 0 {
		return s.Lanes[i].Name
	}
	return lane
}

// arrow draws a line between two lanes, with its words, and the reply below it.
func (p *pen) arrow(r Row) {
	h := r.Hop
	from, to := p.end(h.From, h.To, r.Y), p.end(h.To, h.From, r.Y)
	p.line("seq-line", from, to, lineAt, !h.Never)
	middle := (from + to) / 2
	room := 2*min(middle-gutter, Width-middle) - 12
	above := aboveBy
	if r.Kind == FoldRow {
		above += 6
	}
	if h.Via != "" {
		via := p.x(h.Via)
		p.put(`<rect class="seq-knot" x="`, itoa(via-9), `" y="`, itoa(lineAt-6), `" width="18" height="12" rx="3"/><path class="seq-flap" d="M`, itoa(via-7), ` `, itoa(lineAt-4), `l7 5l7 -5"/>`)
		p.say("seq-detail", (from+via)/2, lineAt+detailBy, p.small(), abs(via-from)-8, h.Detail)
		p.say("seq-detail", (via+to)/2, lineAt+detailBy, p.small(), abs(via-to)-8, h.Behind)
		above += 3
	} else {
		p.say("seq-detail", middle, lineAt+detailBy, p.small(), room, h.Detail)
	}
	p.say("seq-title", middle, lineAt-above, 14, room, h.Title)
	if h.Reply == "" {
		return
	}
	y := lineAt + backBy
	if h.Detail != "" {
		y += rowDetail - rowPlain
	}
	p.put(`<g class="seq-reply t-`, h.Back, `">`)
	p.line("seq-line", to, from, y, true)
	p.say("seq-answer", middle, y-6, 13, room, h.Reply)
	p.put("</g>")
}

// end is where a line touches a lane: beside its bar, where it has one.
func (p *pen) end(lane, other string, y int) int {
	x, off := p.x(lane), 1
	if p.busy(lane, y+lineAt) {
		off = half
	}
	if p.x(other) < x {
		return x - off
	}
	return x + off
}

func (p *pen) line(class string, from, to, y int, tip bool) {
	p.put(`<line class="`, class, `" x1="`, itoa(from), `" y1="`, itoa(y), `" x2="`, itoa(to), `" y2="`, itoa(y), `"/>`)
	if !tip {
		return
	}
	back := "-10"
	if to < from {
		back = "10"
	}
	p.put(`<path class="seq-tip" d="M`, itoa(to), ` `, itoa(y), `l`, back, ` -5v10z"/>`)
}

// note draws a hop that stays where it is.
func (p *pen) note(h Hop) {
	x := p.x(h.To)
	width := min(max(wide(h.Title, 14), wide(h.Detail, p.small()))+48, Width-gutter-8)
	left := min(max(x-width/2, gutter), Width-width-4)
	p.put(`<rect class="seq-note" x="`, itoa(left), `" y="6" width="`, itoa(width), `" height="`, itoa(noteHeight-12+14*more(h.Detail)), `" rx="8"/>`)
	p.say("seq-title", left+width/2, 28, 14, width-16, h.Title)
	p.say("seq-detail", left+width/2, 44, p.small(), width-16, h.Detail)
}

// fold draws hops that say the same as one, with their number.
func (p *pen) fold(r Row) {
	for i := range 2 { // the edges of those behind it
		y := itoa(lineAt - 3*(i+1))
		p.put(`<line class="seq-behind" x1="`, itoa(p.x(r.Hop.From)), `" y1="`, y, `" x2="`, itoa(p.x(r.Hop.To)), `" y2="`, y, `"/>`)
	}
	p.hop(r)
}

// band draws a time in which nothing happened between the lanes.
func (p *pen) band(r Row) {
	height := r.Height - 12
	class, middle := "seq-band", (gutter+Width)/2
	if r.Hop.Silent {
		class += " silent"
	}
	p.put(`<g class="`, class, `"><rect x="`, itoa(gutter), `" y="6" width="`, itoa(Width-gutter-6), `" height="`, itoa(height), `" rx="10"/>`)
	text := "··· " + Elapsed(r.Gap)
	if r.Hop.Silent {
		y := 6 + height/2
		p.say("seq-long", middle, y-6, 20, Width-gutter-20, Elapsed(r.Gap)+" of silence")
		p.say("seq-title", middle, y+22, 14, Width-gutter-20, r.Hop.Gap)
	} else {
		if r.Hop.Gap != "" {
			text += ": " + r.Hop.Gap
		}
		p.say("seq-title", middle, 6+height/2+5, 14, Width-gutter-20, text+" ···")
	}
	p.put("</g>")
}

// now draws the line of the present.
func (p *pen) now(r Row) {
	y := itoa(nowHeight / 2)
	p.put(`<g class="seq-now"><circle cx="`, itoa(gutter-2), `" cy="`, y, `" r="5"/><line x1="`, itoa(gutter), `" y1="`, y, `" x2="`, itoa(Width-6), `" y2="`, y, `"/></g>`)
	p.say("seq-time", gutter-14, nowHeight/2+4, 12, gutter, "NOW")
	if r.Hop.Title == "" {
		return
	}
	width := min(wide(r.Hop.Title, 13)+48, Width-gutter-20)
	middle := (gutter + Width) / 2
	p.put(`<g class="seq-next"><rect x="`, itoa(middle-width/2), `" y="`, itoa(nowHeight/2-13), `" width="`, itoa(width), `" height="26" rx="13"/>`)
	p.say("seq-answer", middle, nowHeight/2+5, 13, width-12, r.Hop.Title)
	p.put("</g>")
}

func abs(n int) int { return max(n, -n) }

// wide is about how wide a text is drawn. Faces differ from machine to machine: it is on the large side.
func wide(text string, size int) int {
	tenths := 0
	for _, r := range text {
		switch {
		case strings.ContainsRune("il.,:;'|!·ft ()", r):
			tenths += 4
		case r >= 'A' && r <= 'Z', strings.ContainsRune("mw%@—…", r):
			tenths += 8
		case r > 0x2e80: // faces of East Asia are square
			tenths += 10
		default:
			tenths += 6
		}
	}
	return tenths * size / 10
}

// fit cuts a text to a width.
func fit(text string, size, room int) string {
	if wide(text, size) <= room {
		return text
	}
	letters := []rune(text)
	for len(letters) > 1 && wide(string(letters)+"…", size) > room {
		letters = letters[:len(letters)-1]
	}
	return strings.TrimRight(string(letters), " ") + "…"
}
