package audit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 123456789, time.UTC)

func record(id string) Record {
	return Record{ID: id, At: noon, Actor: Actor{Kind: Client, ID: "demo-shop"}, Action: PaymentCreate, Outcome: Allowed}.Clean()
}

func TestVerifier_FindsTheFirstBrokenNumber(t *testing.T) {
	whole := Link(Sealed{}, []Record{record("aud_1"), record("aud_2"), record("aud_3"), record("aud_4")})
	for name, c := range map[string]struct {
		tamper func([]Sealed) []Sealed
		want   int64 // 0 if no record is expected
	}{
		"untouched":           {func(l []Sealed) []Sealed { return l }, 0},
		"one not sealed yet":  {func(l []Sealed) []Sealed { return append([]Sealed{{Record: record("aud_5")}}, l...) }, 0},
		"outcome turned":      {func(l []Sealed) []Sealed { l[1].Record.Outcome = Refused; return l }, 2},
		"actor turned":        {func(l []Sealed) []Sealed { l[2].Record.Actor.ID = "other-shop"; return l }, 3},
		"time turned":         {func(l []Sealed) []Sealed { l[0].Record.At = noon.Add(time.Second); return l }, 1},
		"hash turned":         {func(l []Sealed) []Sealed { l[3].Hash = l[2].Hash; return l }, 4},
		"taken out":           {func(l []Sealed) []Sealed { return slices.Delete(l, 1, 2) }, 2},
		"two changed places":  {func(l []Sealed) []Sealed { l[1].Record, l[2].Record = l[2].Record, l[1].Record; return l }, 2},
		"twice":               {func(l []Sealed) []Sealed { return slices.Insert(l, 2, l[1]) }, 2},
		"record of seal gone": {func(l []Sealed) []Sealed { l[3] = Sealed{Number: 4}; return l }, 4},
		"tail without record": {func(l []Sealed) []Sealed { return append(l[:2], Sealed{Number: 4}) }, 3},
	} {
		var v Verifier
		var broken *Broken
		got := int64(0)
		for _, s := range c.tamper(slices.Clone(whole)) {
			if err := v.Step(s); errors.As(err, &broken) {
				got = broken.Number
				break
			}
		}
		if got != c.want {
			t.Errorf("%s: broken at %d, want %d", name, got, c.want)
		}
	}
}

func TestClean_KeepsWhatAnyStoreKeeps(t *testing.T) {
	for in, want := range map[string]string{
		"demo-shop": "demo-shop", "日本": "日本", "a\x00b\nc": "a?b?c", "bad \xff end": "bad ? end",
		strings.Repeat("é", 150): strings.Repeat("é", 100),
	} {
		r := Record{At: noon.In(time.FixedZone("", 3600)), Actor: Actor{ID: in}, Object: in}.Clean()
		if r.Actor.ID != want || r.Object != want || !utf8.ValidString(r.Object) {
			t.Errorf("%q became %q", in, r.Actor.ID)
		}
		if r.At.Nanosecond() != 123456000 || r.At.Location() != time.UTC {
			t.Errorf("the time became %s", r.At)
		}
		if again := r.Clean(); again != r {
			t.Errorf("cleaned twice it is %+v", again)
		}
	}
}

func TestAct_IsWrittenOnceUnlessCommitted(t *testing.T) {
	if a := Of(t.Context()); a != nil || a.Sketch().Action != "" || a.End(false) {
		t.Error("there is an act where nobody asked")
	}
	for name, c := range map[string]struct{ kept, allowed, want bool }{
		"allowed": {false, true, true}, "refused": {false, false, true}, "committed": {true, true, false},
		// The action was done, and then the answer failed: both are true.
		"committed, failed": {true, false, true},
	} {
		a := &Act{Record: record("")}
		ctx := With(context.Background(), a)
		Of(ctx).About("pay_1")
		Of(ctx).About("pay_2")
		if c.kept {
			Of(ctx).Keep()
		}
		if got := a.End(c.allowed); got != c.want || a.Record.Object != "pay_1" {
			t.Errorf("%s: to be written: %t, about %s", name, got, a.Record.Object)
		}
		if a.End(c.allowed) {
			t.Errorf("%s: ends twice", name)
		}
	}
}

func TestActions_AreAllListed(t *testing.T) {
	list := Actions()
	if n := len(slices.Compact(slices.Sorted(slices.Values(list)))); n != len(list) {
		t.Error("an action is listed twice")
	}
}

func FuzzClean(f *testing.F) {
	f.Add("demo\x00\xff")
	f.Fuzz(func(t *testing.T, text string) {
		c := clean(text)
		if !utf8.ValidString(c) || len(c) > maxText || strings.ContainsAny(c, "\x00\n\r") || clean(c) != c {
			t.Fatalf("%q became %q", text, c)
		}
	})
}
