package dashboard

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sandbank/web/sequence"
)

// applied does to a list what a page does to its own.
func applied(list []sequence.Part, e edit) []sequence.Part {
	list = slices.DeleteFunc(slices.Clone(list), func(p sequence.Part) bool { return slices.Contains(e.Gone, p.Key) })
	for _, one := range e.Put {
		list = slices.DeleteFunc(list, func(p sequence.Part) bool { return p.Key == one.Key })
		at := 1 + slices.IndexFunc(list, func(p sequence.Part) bool { return p.Key == one.After })
		list = slices.Insert(list, at, sequence.Part{Key: one.Key, Markup: one.Markup})
	}
	return list
}

// Whatever a list was and becomes, a page that does what it is told has the same.
func TestEdited_MakesTheOtherList(t *testing.T) {
	t.Parallel()
	keys := rapid.SliceOfDistinct(rapid.SampledFrom(strings.Split("abcdefghij", "")), rapid.ID[string])
	list := rapid.Custom(func(t *rapid.T) (list []sequence.Part) {
		for _, k := range keys.Draw(t, "keys") {
			list = append(list, sequence.Part{Key: k, Markup: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "markup")})
		}
		return list
	})
	rapid.Check(t, func(t *rapid.T) {
		from, to := list.Draw(t, "from"), list.Draw(t, "to")
		if got := applied(from, edited(from, to)); !slices.Equal(got, to) {
			t.Fatalf("%v became %v, and is to be %v", from, got, to)
		}
	})
}

// A list sends what is new or has moved, and nothing else.
func TestEdited_SendsWhatIsNew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, puts, gone string }{
		{"an", "abn", "b", ""},     // before what is always last
		{"bcd", "abcd", "a", ""},   // the newest first
		{"abcd", "dabc", "d", ""},  // one that moved
		{"acbd", "bdac", "bd", ""}, // two that moved together
		{"abcd", "bd", "", "ac"},   // some that went
		{"", "ab", "ab", ""},       // all of it
		{"abc", "aBc", "B", "b"},   // one in another's stead
	} {
		e := edited(parts(c.from), parts(c.to))
		puts := ""
		for _, one := range e.Put {
			puts += one.Key
		}
		if gone := strings.Join(e.Gone, ""); puts != c.puts || gone != c.gone {
			t.Errorf("%q becomes %q: puts %q and takes %q away, expected %q and %q", c.from, c.to, puts, gone, c.puts, c.gone)
		}
	}
	if e := edited([]sequence.Part{{Key: "a", Markup: "1"}, {Key: "b"}}, []sequence.Part{{Key: "a", Markup: "2"}, {Key: "b"}}); len(e.Put) != 1 || e.Put[0].Markup != "2" {
		t.Errorf("an item that changed where it is: %+v", e)
	}
}

// parts has an item for each letter.
func parts(letters string) (list []sequence.Part) {
	for _, l := range letters {
		list = append(list, sequence.Part{Key: string(l)})
	}
	return list
}
