package bank

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"sandbank/bank/book"
)

// What was appended comes back whole and in order, over blocks and the part that is not packed yet.
func TestMemory_GivesBackWhatItGot(t *testing.T) {
	for _, n := range []int{0, 1, memoryBlock - 1, memoryBlock, 3*memoryBlock + 7} {
		m, want := &Memory{}, []book.Record(nil)
		for i := range n {
			r := book.Record{Kind: book.Confirmed, Bank: "SANDNL2A", At: time.Unix(int64(i), 0).UTC(), Answers: []string{fmt.Sprint("req_", i)}}
			want = append(want, r)
			if err := m.Append(t.Context(), []book.Record{r}); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			var got []book.Record
			if err := m.Replay(t.Context(), func(r book.Record) error { got = append(got, r); return nil }); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("of %d records, %d came back, or others", n, len(got))
			}
		}
	}
}

func TestMemory_IsBounded(t *testing.T) {
	m := &Memory{}
	var text strings.Builder
	for i := range 40_000 { // that does not pack well
		fmt.Fprintf(&text, "%x", i*2654435761)
	}
	for i := 0; !m.full; i++ {
		if i > 1000 {
			t.Fatal("the journal grows on and on")
		}
		block := make([]book.Record, memoryBlock)
		for n := range block {
			block[n] = book.Record{Kind: book.Tried, Rule: text.String()[(i+n)%1000 : (i+n)%1000+20_000]}
		}
		if err := m.Append(t.Context(), block); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Replay(t.Context(), func(book.Record) error { return nil }); !errors.Is(err, ErrForgotten) {
		t.Errorf("a full journal tells: %v", err)
	}
}
