package check

import (
	"regexp"
	"strings"
	"testing"
)

func TestView_ReadsOrders(t *testing.T) {
	t.Parallel()
	usual := View{Words: UsualWords()}
	for name, c := range map[string]struct {
		view      View
		body      string
		group     Group
		shipments int
		wrong     string
	}{
		"state":              {usual, `{"state": "paid"}`, Paid, -1, ""},
		"status in an order": {usual, `{"order": {"status": "Awaiting payment", "shipments": []}}`, Pending, 0, ""},
		"shipments":          {usual, `{"status": "shipped", "shipments": 2}`, Paid, 2, ""},
		"a list of them":     {usual, `{"status": "fulfilled", "fulfillments": [{}, {}, {}]}`, Paid, 3, ""},
		"a member":           {View{Words: UsualWords(), Member: "data.payment.phase"}, `{"state": "paid", "data": {"payment": {"phase": "charged-back"}}}`, Returned, -1, ""},
		"own words":          {View{Words: Words{Paid: []string{"erledigt"}}.Or(UsualWords())}, `{"state": "Erledigt"}`, Paid, -1, ""},
		"a page":             {usual, `<!doctype html><p>Not paid</p><main data-order-state="expired">`, Canceled, -1, ""},
		"a pattern":          {View{Words: UsualWords(), Pattern: regexp.MustCompile(`Status: (\w+)`)}, `<p>Status: Refunded</p>`, Returned, -1, ""},
		"an unknown word":    {usual, `{"state": "odd"}`, "", -1, `"odd", which is not among the words that are known`},
		"a word given away":  {View{Words: Words{Paid: []string{"settled"}}.Or(UsualWords())}, `{"state": "paid"}`, "", -1, `"paid", which is not`},
		"no state":           {usual, `{"total": 3}`, "", -1, "shows no state"},
		"a number":           {usual, `{"state": 3}`, "", -1, "shows no state"},
		"a page without":     {usual, `<p>paid</p>`, "", -1, "shows no state"},
		"no match":           {View{Words: UsualWords(), Pattern: regexp.MustCompile(`Status: (\w+)`)}, `<p>paid</p>`, "", -1, "nothing that matches --state-pattern"},
		"nothing":            {usual, ``, "", -1, "shows no state"},
	} {
		got, err := c.view.read([]byte(c.body))
		switch {
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%s: %s was read as %+v, %v; expected an error with %s", name, c.body, got, err, c.wrong)
		case c.wrong == "" && (err != nil || got.group != c.group || got.shipments != c.shipments):
			t.Errorf("%s: %s was read as %+v, %v; expected %s with %d shipments", name, c.body, got, err, c.group, c.shipments)
		}
	}
}

// No usual word means two things.
func TestWords_MeanOneThing(t *testing.T) {
	t.Parallel()
	w, seen := UsualWords(), map[string]bool{}
	for _, list := range [][]string{w.Pending, w.Paid, w.Shipped, w.Canceled, w.Returned} {
		for _, word := range list {
			if seen[word] {
				t.Errorf("the word %q stands twice", word)
			}
			seen[word] = true
		}
	}
}
