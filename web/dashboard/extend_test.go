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

// A list that grows at its end sends what is new, and nothing else.
func TestEdited_SendsWhatIsNew(t *testing.T) {
	t.Parallel()
	from := []sequence.Part{{Key: "a"}, {Key: "now", Markup: "1"}}
	e := edited(from, []sequence.Part{{Key: "a"}, {Key: "b"}, {Key: "now", Markup: "1"}})
	if len(e.Gone) != 0 || len(e.Put) != 2 || e.Put[0].Key != "b" || e.Put[0].After != "a" || e.Put[1].Key != "now" {
		t.Errorf("%+v", e)
	}
}
