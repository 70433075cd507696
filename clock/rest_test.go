package clock

import "testing"

func TestCount_IsOpenFromHandOverToEnd(t *testing.T) {
	var c Count
	c.Begin(3)
	if c.End(2); c.Open() != 1 || c.Begun() != 3 {
		t.Errorf("%d open of %d", c.Open(), c.Begun())
	}
}

func TestAsk_NamesWhoIsBusy(t *testing.T) {
	quiet := Part{Name: "quiet", Look: func() Look { return Look{Begun: 7} }}
	busy := Part{Name: "busy", Look: func() Look { return Look{Busy: "at it"} }}
	if r := Ask([]Part{quiet}); r.Part != "" {
		t.Errorf("nobody is busy, and %+v", r)
	}
	if r := Ask([]Part{quiet, busy}); r.Part != "busy" || r.Busy != "at it" {
		t.Errorf("asked a quiet part and a busy one: want the busy one named, got %+v", r)
	}
}

// What goes from a part that was not asked yet to one that was is not overlooked.
func TestAsk_SeesWhatPassesBetweenParts(t *testing.T) {
	var first, second Count
	second.Begin(1)
	asked := 0
	parts := []Part{
		{Name: "first", Look: func() Look { return Look{Begun: first.Begun()} }},
		{Name: "second", Look: func() Look {
			if asked++; asked == 1 { // hands over to the first, which was asked already
				first.Begin(1)
				second.End(1)
			}
			return Look{Begun: second.Begun()}
		}},
	}
	if r := Ask(parts); r.Part == "" {
		t.Error("what went from the second to the first was overlooked")
	}
}

func TestTally_Counts(t *testing.T) {
	var tally Tally
	tally.Add("a")
	tally.Add("a")
	if all := tally.All(); all["a"] != 2 || len(all) != 1 {
		t.Errorf("counted a twice: want 2 of it and nothing else, got %v", all)
	}
}
