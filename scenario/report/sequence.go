package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"sandbank/scenario"
)

// The measures of a drawing, in pixels.
const (
	laneWidth = 220
	rowHeight = 36
	headRoom  = 40
	longLabel = 60 // characters
)

// Sequence draws who sent what to whom, from top to bottom, as SVG.
func Sequence(lines []scenario.Line) template.HTML {
	var lanes []string
	var hops []scenario.Line
	for _, l := range lines {
		if l.To == "" {
			continue
		}
		hops = append(hops, l)
		for _, who := range []string{l.From, l.To} {
			if !slices.Contains(lanes, who) {
				lanes = append(lanes, who)
			}
		}
	}
	if len(hops) == 0 {
		return ""
	}
	var b strings.Builder
	width, height := laneWidth*len(lanes), headRoom+rowHeight*(len(hops)+1)
	fmt.Fprintf(&b, `<svg role="img" aria-label="Sequence of %d hops" viewBox="0 0 %d %d" width="%d">`, len(hops), width, height, width)
	for i, who := range lanes {
		x := middle(i)
		fmt.Fprintf(&b, `<text x="%d" y="20" text-anchor="middle" font-weight="bold">%s</text><line class="lane" x1="%d" y1="28" x2="%d" y2="%d"/>`,
			x, template.HTMLEscapeString(who), x, x, height)
	}
	for i, l := range hops {
		from, to := middle(slices.Index(lanes, l.From)), middle(slices.Index(lanes, l.To))
		y, tip := headRoom+rowHeight*(i+1), 8
		if to < from {
			tip = -8
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">+%s %s</text>`, max(laneWidth, (from+to)/2), y-6, span(l.At), template.HTMLEscapeString(cut(l.Text)))
		fmt.Fprintf(&b, `<line class="hop" x1="%d" y1="%d" x2="%d" y2="%d"/><path class="tip" d="M%d %d l%d -4 v8 z"/>`, from, y, to, y, to, y, -tip)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // every text in it was escaped
}

func middle(lane int) int { return laneWidth*lane + laneWidth/2 }

// cut is a text that fits beside an arrow.
func cut(text string) string {
	if r := []rune(text); len(r) > longLabel {
		return string(r[:longLabel-1]) + "…"
	}
	return text
}
