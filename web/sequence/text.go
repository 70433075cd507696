package sequence

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Text writes a story as lines, for those who read it without a picture.
func Text(w io.Writer, s Story) error {
	var b strings.Builder
	before := s.Start
	for i, h := range s.Hops {
		if gap := h.At.Sub(before); i > 0 && gap >= gapFrom {
			fmt.Fprintf(&b, "%14s  %s\n", "", pause(h, Elapsed(gap)))
		}
		fmt.Fprintf(&b, "%14s  %s\n", "+"+Elapsed(h.At.Sub(s.Start)), s.line(h))
		before = h.At
	}
	if s.Next != "" {
		fmt.Fprintf(&b, "%14s  %s\n", "now", s.Next)
	}
	for _, h := range s.Coming {
		at := ""
		if !h.At.IsZero() && !s.Now.IsZero() {
			at = due(s.Now, h.At)
		}
		fmt.Fprintf(&b, "%14s  (%s)\n", at, s.line(h))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// pause words a time in which nothing happened.
func pause(h Hop, gap string) string {
	text := "… " + gap
	if h.Silent {
		text += " of silence"
	}
	if h.Gap != "" {
		text += ": " + h.Gap
	}
	return text + " …"
}

func (s Story) line(h Hop) string {
	who := s.name(h.From)
	if h.To != h.From {
		who += " → " + s.name(h.To)
	}
	text := who + ": " + h.Title
	for _, part := range []string{h.Detail, h.Behind} {
		if part != "" {
			text += ", " + part
		}
	}
	if h.Reply != "" {
		text += " ⇠ " + h.Reply
	}
	return text
}

// Mermaid writes a story as a sequence diagram for Mermaid.
func Mermaid(w io.Writer, s Story) error {
	var b strings.Builder
	b.WriteString("sequenceDiagram\n")
	for i, l := range s.Lanes {
		fmt.Fprintf(&b, "  participant L%d as %s\n", i, mermaid(l.Name))
	}
	last := max(len(s.Lanes)-1, 0)
	s.diagram(&b, marks{
		note: func(over, text string) string {
			if over == "" {
				over = fmt.Sprintf("L0,L%d", last)
			}
			return "  Note over " + over + ": " + mermaid(text)
		},
		arrow: func(from, to, text string) string { return "  " + from + "->>" + to + ": " + mermaid(text) },
		reply: func(from, to, text string) string { return "  " + from + "-->>" + to + ": " + mermaid(text) },
		never: func(from, to, text string) string { return "  " + from + "--x" + to + ": " + mermaid(text) },
	})
	_, err := io.WriteString(w, b.String())
	return err
}

// PlantUML writes a story as a sequence diagram for PlantUML.
func PlantUML(w io.Writer, s Story) error {
	var b strings.Builder
	b.WriteString("@startuml\nhide footbox\n")
	for i, l := range s.Lanes {
		fmt.Fprintf(&b, "participant \"%s\" as L%d\n", plant(l.Name), i)
	}
	s.diagram(&b, marks{
		note: func(over, text string) string {
			if over == "" {
				return "... " + plant(text) + " ..."
			}
			return "note over " + over + ": " + plant(text)
		},
		arrow: func(from, to, text string) string { return from + " -> " + to + ": " + plant(text) },
		reply: func(from, to, text string) string { return from + " --> " + to + ": " + plant(text) },
		never: func(from, to, text string) string { return from + " -->x " + to + ": " + plant(text) },
	})
	b.WriteString("@enduml\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// marks are how a language of diagrams writes things. A note over "" is over all lanes.
type marks struct {
	note                func(over, text string) string
	arrow, reply, never func(from, to, text string) string
}

// diagram writes the hops that have happened.
func (s Story) diagram(b *strings.Builder, m marks) {
	before := s.Start
	for i, h := range s.Hops {
		if !s.drawable(h) {
			continue
		}
		if gap := h.At.Sub(before); i > 0 && gap >= gapFrom {
			fmt.Fprintln(b, m.note("", strings.Trim(pause(h, Elapsed(gap)), "… ")))
		}
		before = h.At
		from, to := fmt.Sprintf("L%d", s.lane(h.From)), fmt.Sprintf("L%d", s.lane(h.To))
		switch {
		case h.From == h.To:
			fmt.Fprintln(b, m.note(from, h.Title))
		case h.Never:
			fmt.Fprintln(b, m.never(from, to, h.Title))
		case s.lane(h.Via) >= 0:
			via := fmt.Sprintf("L%d", s.lane(h.Via))
			fmt.Fprintln(b, m.arrow(from, via, with(h.Title, h.Detail)))
			fmt.Fprintln(b, m.arrow(via, to, with(h.Title, h.Behind)))
		default:
			fmt.Fprintln(b, m.arrow(from, to, with(h.Title, h.Detail)))
		}
		if h.Reply != "" {
			fmt.Fprintln(b, m.reply(to, from, h.Reply))
		}
	}
}

func with(title, detail string) string {
	if detail == "" {
		return title
	}
	return title + " (" + detail + ")"
}

// Both languages end a statement at the end of a line, and have marks that begin an entity, a comment
// or a tag: a text keeps none of them.
var (
	forMermaid = regexp.MustCompile(`[#;<>\x00-\x1f\x7f]+`)
	forPlant   = regexp.MustCompile(`["<>\\\x00-\x1f\x7f]+`)
)

func mermaid(text string) string { return safe(forMermaid, text) }
func plant(text string) string   { return safe(forPlant, text) }

func safe(bad *regexp.Regexp, text string) string {
	if text = strings.TrimSpace(bad.ReplaceAllString(text, " ")); text == "" {
		return "-"
	}
	return text
}
