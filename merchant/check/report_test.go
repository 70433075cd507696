package check

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"sandbank/merchant/rule"
)

// sample has a rule of each outcome, with what a page must not take for its own.
func sample() []Report {
	all := rule.All()
	return []Report{{Name: "A <shop>", Took: 3 * time.Second, Seconds: 3, Verdicts: []Verdict{
		{Rule: all[0], Outcome: Held, Notes: []string{"a note"}},
		{Rule: all[1], Outcome: Failed, Expected: "it is refused", Seen: "it was <b>taken</b>\x00", Trace: []Line{{1.5, "check → shop", "POST <hook>"}},
			Webhooks: []Told{{60, "payment.captured", "204 in 3ms"}}, Calls: []Asked{{"GET /v1/payments/pay_1 → 200 OK", 4}}},
		{Rule: all[2], Outcome: Skipped}, {Rule: all[3], Outcome: NotRun, Error: "nobody there"}, {Rule: all[4], Outcome: TimedOut, Error: "too long"},
	}}}
}

func TestReports_SayAllOfIt(t *testing.T) {
	t.Parallel()
	var text, page, junit, object bytes.Buffer
	for name, err := range map[string]error{"text": Text(&text, sample()[0]), "page": Page(&page, sample()), "JUnit": JUnit(&junit, sample()), "JSON": JSON(&object, sample())} {
		if err != nil {
			t.Errorf("the report as %s: %v", name, err)
		}
	}
	failing := rule.All()[1]
	for _, c := range []struct {
		name  string
		got   string
		wants []string
	}{
		{"text", text.String(), []string{"note: a note", "FAILS      signature", "saw       it was <b>taken</b>", "mend      " + failing.Mend, "1.50s  check → shop", "204 in 3ms (at +1m0s)", "200 OK, 4 times", "1 of 5 rules hold, 1 fail, 1 were skipped, 2 could not be looked at"}},
		{"page", page.String(), []string{"A &lt;shop&gt;: 1 of 5 rules hold", "it was &lt;b&gt;taken", "POST &lt;hook&gt;", "nobody there", "a note", `<strong class="quiet">skipped`}},
		{"JUnit", junit.String(), []string{`tests="5" failures="1" errors="2" skipped="1"`, `classname="check.signature"`}},
		{"JSON", object.String(), []string{`"outcome": "timed_out"`, `"id": "signature"`, `"times": 4`}},
	} {
		for _, want := range c.wants {
			if !strings.Contains(c.got, want) {
				t.Errorf("the report as %s has no %q:\n%s", c.name, want, c.got)
			}
		}
	}
	if err := xml.Unmarshal(junit.Bytes(), new(struct{ XMLName xml.Name })); err != nil {
		t.Errorf("the report as JUnit is no XML: %v", err)
	}
}

func TestCourses_AreThoseOfTheRules(t *testing.T) {
	t.Parallel()
	list := courses()
	for i, r := range rule.All() {
		if i >= len(list) || list[i].rule != r.ID {
			t.Errorf("rule %s has no course in its place", r.ID)
		}
		if found, ok := rule.Find(r.ID); !ok || found != r || r.Title == "" || r.Tried == "" || r.Why == "" || r.Mend == "" {
			t.Errorf("rule %s does not say all of itself: %+v", r.ID, found)
		}
	}
}
