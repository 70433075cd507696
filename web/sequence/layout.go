package sequence

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// The measures of a drawing, in its own units. A page scales it to the width that there is.
const (
	Width      = 1040 // of the drawing
	gutter     = 92   // left of the lanes, for the time
	headHeight = 52
	rowPlain   = 42
	rowDetail  = 56
	rowReply   = 24 // more, for what came back
	noteHeight = 46
	nowHeight  = 40
	topRoom    = 10
	bottomRoom = 18
	gapFrom    = time.Second // a shorter time between hops is drawn as none
)

// RowKind is what a row shows.
type RowKind string

// The kinds of rows.
const (
	HopRow    RowKind = "hop"
	FoldRow   RowKind = "fold" // hops that say the same, as one
	BandRow   RowKind = "band" // time in which nothing happened
	NowRow    RowKind = "now"
	ComingRow RowKind = "coming"
)

// Row is a horizontal strip of the drawing.
type Row struct {
	Key    string // stays the same while the story grows
	Kind   RowKind
	Hop    Hop   // of a fold what stands for all of them; of a band the hop after it
	Folded []Hop // of a fold
	Label  string
	Gap    time.Duration // of a band
	Y      int
	Height int
}

// Layout is a story with a place for everything.
type Layout struct {
	Story
	Rows   []Row
	Height int
	Large  bool
}

// Options say how a story is laid out.
type Options struct {
	Unfold bool     // draws every hop, also those that say the same
	Open   []string // the folds to draw as hops
	Large  bool     // small words are drawn larger, for those who look from far away
	Waited bool     // the time since the last hop is drawn as well, where the present stands still
}

// Lay gives each hop its place. A fold stands where its first hop is.
func Lay(s Story, o Options) Layout {
	l := Layout{Story: s, Height: topRoom, Large: o.Large}
	folds := map[string][]Hop{}
	for _, h := range s.Hops {
		if h.Fold != "" && !o.Unfold && !slices.Contains(o.Open, h.Fold) && s.drawable(h) {
			folds[h.Fold] = append(folds[h.Fold], h)
		}
	}
	before, first := s.Start, true
	for _, h := range s.Hops {
		same := folds[h.Fold]
		if !s.drawable(h) || len(same) > 1 && same[0].ID != h.ID {
			continue
		}
		far := !first && l.band(h, h.At.Sub(before))
		row := Row{Key: "hop-" + h.ID, Kind: HopRow, Hop: h, Label: label(s.Start, before, h.At, far || first)}
		if len(same) > 1 {
			row.Key, row.Kind, row.Hop, row.Folded = "fold-"+h.Fold, FoldRow, folded(same), same
		}
		l.add(row)
		before, first = h.At, false
	}
	if gap := s.Now.Sub(before); o.Waited && gap >= gapFrom && (s.Next != "" || len(s.Coming) > 0) {
		l.add(Row{Key: "gap-now", Kind: BandRow, Gap: gap})
	}
	l.come(before)
	l.Height += bottomRoom
	return l
}

// folded is the hop that stands for hops that say the same.
func folded(same []Hop) Hop {
	h := same[len(same)-1]
	h.ID, h.Title = same[0].ID, h.Title+" ×"+itoa(len(same))
	if span := h.At.Sub(same[0].At); span >= gapFrom {
		h.Detail = "within " + Elapsed(span)
	}
	return h
}

// band adds a band for a time that was long.
func (l *Layout) band(h Hop, gap time.Duration) bool {
	if gap < gapFrom {
		return false
	}
	l.add(Row{Key: "gap-" + h.ID, Kind: BandRow, Hop: h, Gap: gap})
	return true
}

// come adds the present, and what is to come.
func (l *Layout) come(last time.Time) {
	if l.Now.IsZero() || len(l.Coming) == 0 && l.Next == "" {
		return
	}
	l.add(Row{Key: "now", Kind: NowRow, Hop: Hop{Title: l.Next, At: last}, Label: "now"})
	for _, h := range l.Coming {
		if !l.drawable(h) {
			continue
		}
		text := ""
		if !h.At.IsZero() {
			text = due(l.Now, h.At)
		}
		l.add(Row{Key: "coming-" + h.ID, Kind: ComingRow, Hop: h, Label: text})
	}
}

func (l *Layout) add(r Row) {
	r.Y, r.Height = l.Height, r.height()
	l.Rows, l.Height = append(l.Rows, r), l.Height+r.Height
}

func (r Row) height() int {
	switch {
	case r.Kind == BandRow:
		return bandHeight(r.Gap, r.Hop.Silent) + 12
	case r.Kind == NowRow:
		return nowHeight
	case r.Hop.From == r.Hop.To:
		return noteHeight + 14*more(r.Hop.Detail)
	}
	h := rowPlain
	if r.Hop.Detail != "" || r.Hop.Behind != "" {
		h = rowDetail
	}
	return h + rowReply*more(r.Hop.Reply)
}

func more(text string) int {
	if text == "" {
		return 0
	}
	return 1
}

// bandHeight grows with the logarithm of the time; a silence is higher than any other band.
func bandHeight(gap time.Duration, silent bool) int {
	const least, step, most, silence = 34, 9, 92, 132
	h := min(least+int(step*math.Log10(max(gap.Seconds(), 1))), most)
	if silent {
		return h + silence
	}
	return h
}

// label is the time beside a hop: since the start, or since the hop before where that was a moment ago.
func label(start, before, at time.Time, far bool) string {
	if far {
		return Elapsed(at.Sub(start))
	}
	if d := at.Sub(before); d >= time.Millisecond {
		return "+" + Elapsed(d)
	}
	return ""
}

func due(now, at time.Time) string {
	if !at.After(now) {
		return "due"
	}
	return "in " + Elapsed(at.Sub(now))
}

// x is the middle of a lane.
func (l Layout) x(lane string) int {
	return gutter + (2*l.lane(lane)+1)*(Width-gutter)/(2*max(len(l.Lanes), 1))
}

func itoa(n int) string { return strconv.Itoa(n) }
