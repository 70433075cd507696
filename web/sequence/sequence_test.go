package sequence_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"sandbank/web/sequence"
)

var start = time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)

// lanes are three parties and a broker between two of them.
func lanes() []sequence.Lane {
	return []sequence.Lane{{ID: "shop", Name: "Shop", Kind: "merchant"}, {ID: "sandbank", Name: "Sandbank"}, {ID: "broker", Name: "Broker"}, {ID: "bank", Name: "Bank"}}
}

func hop(id string, after time.Duration, from, to, title string) sequence.Hop {
	return sequence.Hop{ID: id, At: start.Add(after), From: from, To: to, Title: title}
}

// abandoned is a payment that nobody paid.
func abandoned() sequence.Story {
	made := hop("made", 0, "shop", "sandbank", "POST /v1/payments")
	made.Reply = "202 at once"
	end := hop("end", 15*time.Minute, "sandbank", "sandbank", "abandoned")
	end.Silent, end.Gap = true, "nobody is told anything"
	never := hop("never", 15*time.Minute, "sandbank", "shop", "no webhook comes")
	never.Never = true
	return sequence.Story{Lanes: lanes(), Start: start, Hops: []sequence.Hop{made, end, never}}
}

// retried is a payment whose webhook was tried a number of times, with a hop between two tries.
func retried(tries int) sequence.Story {
	ask := hop("ask", time.Second/2, "sandbank", "bank", "authorize")
	ask.Via, ask.Detail, ask.Behind = "broker", "bank.requests", "bank.X"
	s := sequence.Story{Lanes: lanes(), Start: start, Hops: []sequence.Hop{hop("made", 0, "shop", "sandbank", "POST"), ask}}
	for i := range tries {
		h := hop(fmt.Sprint("try-", i), time.Second+time.Duration(i)*time.Minute, "sandbank", "shop", "payment.captured")
		h.Fold, h.Reply, h.Back = "del_1", "500", "bad"
		s.Hops = append(s.Hops, h)
		if i == 0 {
			s.Hops = append(s.Hops, hop("paid", time.Second+30*time.Second, "sandbank", "shop", "pays out"))
		}
	}
	return s
}

func ExampleText() {
	_ = sequence.Text(os.Stdout, abandoned())
	// Output:
	//          +0 ms  Shop → Sandbank: POST /v1/payments ⇠ 202 at once
	//                 … 15 min of silence: nobody is told anything …
	//        +15 min  Sandbank: abandoned
	//        +15 min  Sandbank → Shop: no webhook comes
}

func ExampleMermaid() {
	_ = sequence.Mermaid(os.Stdout, retried(1))
	// Output:
	// sequenceDiagram
	//   participant L0 as Shop
	//   participant L1 as Sandbank
	//   participant L2 as Broker
	//   participant L3 as Bank
	//   L0->>L1: POST
	//   L1->>L2: authorize (bank.requests)
	//   L2->>L3: authorize (bank.X)
	//   L1->>L0: payment.captured
	//   L0-->>L1: 500
	//   Note over L0,L3: 30 s
	//   L1->>L0: pays out
}

func ExamplePlantUML() {
	_ = sequence.PlantUML(os.Stdout, abandoned())
	// Output:
	// @startuml
	// hide footbox
	// participant "Shop" as L0
	// participant "Sandbank" as L1
	// participant "Broker" as L2
	// participant "Bank" as L3
	// L0 -> L1: POST /v1/payments
	// L1 --> L0: 202 at once
	// ... 15 min of silence: nobody is told anything ...
	// note over L1: abandoned
	// L1 -->x L0: no webhook comes
	// @enduml
}

func TestElapsed_HasTwoParts(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "0 ms", 0: "0 ms", 900 * time.Microsecond: "0 ms", 12 * time.Millisecond: "12 ms", 41 * time.Second: "41 s", 41250 * time.Millisecond: "41.2 s",
		898 * time.Second: "14 min 58 s", 15 * time.Minute: "15 min", 185 * time.Minute: "3 h 5 min", 51 * time.Hour: "2 d 3 h",
	} {
		if got := sequence.Elapsed(d); got != want {
			t.Errorf("%s is worded as %q, expected %q", d, got, want)
		}
	}
}

// Tries are one row where the first of them is, also with other hops between them, and hops again
// where they are opened.
func TestLay_FoldsTries(t *testing.T) {
	t.Parallel()
	s := retried(4)
	folded := sequence.Lay(s, sequence.Options{})
	kinds := map[sequence.RowKind]int{}
	for _, r := range folded.Rows {
		kinds[r.Kind]++
		if r.Kind == sequence.FoldRow && (len(r.Folded) != 4 || r.Hop.Title != "payment.captured ×4" || r.Hop.Detail != "within 3 min") {
			t.Errorf("the fold is %+v, expected 4 tries within 3 minutes", r)
		}
	}
	if kinds[sequence.FoldRow] != 1 || kinds[sequence.HopRow] != 3 {
		t.Errorf("the rows are %v, expected a fold and 3 hops", kinds)
	}
	for name, o := range map[string]sequence.Options{"all": {Unfold: true}, "this one": {Open: []string{"del_1"}}} {
		rows := 0
		for _, r := range sequence.Lay(s, o).Rows {
			if r.Kind == sequence.HopRow {
				rows++
			}
		}
		if rows != len(s.Hops) {
			t.Errorf("with %s opened there are %d hops, expected %d", name, rows, len(s.Hops))
		}
	}
}

// A silence is the largest thing of all, larger than any other time, however long.
func TestLay_SilenceIsTheLargest(t *testing.T) {
	t.Parallel()
	s := abandoned()
	s.Hops = append(s.Hops, hop("later", 400*24*time.Hour, "shop", "sandbank", "asks"))
	silence, most := 0, 0
	for _, r := range sequence.Lay(s, sequence.Options{}).Rows {
		if r.Kind == sequence.BandRow && r.Hop.Silent {
			silence = r.Height
		} else {
			most = max(most, r.Height)
		}
	}
	if silence <= most {
		t.Errorf("the silence is %d high, and another row %d", silence, most)
	}
}

// What was drawn stays as it was while the story goes on: a page adds rows and draws nothing again.
func TestBody_GrowsAtItsEnd(t *testing.T) {
	t.Parallel()
	s := retried(1)
	whole := rows(t, s)
	for n := range s.Hops {
		part := s
		part.Hops = s.Hops[:n+1]
		for key, drawn := range rows(t, part) {
			if whole[key] != drawn {
				t.Errorf("of %d hops, %s is drawn as\n%s\nand later as\n%s", n+1, key, drawn, whole[key])
			}
		}
	}
}

// rows are the drawn rows by their keys.
func rows(t *testing.T, s sequence.Story) map[string]string {
	t.Helper()
	var b bytes.Buffer
	if err := sequence.Body(&b, sequence.Lay(s, sequence.Options{}), "a title"); err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	for _, part := range strings.Split(b.String(), `<g data-key="`)[1:] {
		key, rest, _ := strings.Cut(part, `"`)
		if key != "lives" { // they grow
			list[key] = strings.TrimSuffix(rest, "</svg>")
		}
	}
	return list
}

const hostile = "<script>alert(1)</script>\"'&;\n\x01#x %% { } \\ ---"

// Texts come from merchants and banks: no form takes them for its own.
func TestForms_TakeNoTextForTheirOwn(t *testing.T) {
	t.Parallel()
	s := retried(3)
	s.Now, s.Next = start.Add(time.Hour), hostile
	for i := range s.Lanes {
		s.Lanes[i].Name, s.Lanes[i].Note = hostile, hostile
	}
	for i := range s.Hops {
		s.Hops[i].Title, s.Hops[i].Detail, s.Hops[i].Reply, s.Hops[i].Gap = hostile, hostile, hostile, hostile
	}
	s.Coming = []sequence.Hop{{ID: "x", From: "shop", To: "nowhere", Title: hostile}, {ID: "y", From: "shop", To: "shop", Title: hostile, At: start.Add(2 * time.Hour)}}
	var drawing, mermaid, plant bytes.Buffer
	for _, err := range []error{
		sequence.SVG(&drawing, sequence.Lay(s, sequence.Options{}), hostile, "text > a { fill: red }"), sequence.Mermaid(&mermaid, s), sequence.PlantUML(&plant, s),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(drawing.String(), "<script") {
		t.Error("a text became markup")
	}
	for d := xml.NewDecoder(&drawing); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the drawing is not well formed: %v", err)
		}
	}
	for name, text := range map[string]string{"Mermaid": mermaid.String(), "PlantUML": plant.String()} {
		if strings.Contains(text, "\n#x") || strings.Contains(text, "\x01") || strings.Contains(text, "<script") {
			t.Errorf("%s has a text that is not on its line:\n%s", name, text)
		}
	}
}

// long is a story of a number of hops.
func long(hops int) sequence.Story {
	s := sequence.Story{Lanes: lanes(), Start: start}
	for i := range hops {
		h := hop(fmt.Sprint("h", i), time.Duration(i)*700*time.Millisecond, "sandbank", "bank", "Please authorize €19.99")
		h.Via, h.Detail, h.Behind = "broker", "bank.requests", "bank.SANDNL2A"
		s.Hops = append(s.Hops, h)
		s.Spans = append(s.Spans, sequence.Span{Lane: "bank", From: h.ID, Until: fmt.Sprint("h", i+1)})
	}
	return s
}

func BenchmarkBody_200Hops(b *testing.B) {
	s := long(200)
	for b.Loop() {
		if err := sequence.Body(io.Discard, sequence.Lay(s, sequence.Options{}), "a title"); err != nil {
			b.Fatal(err)
		}
	}
}
