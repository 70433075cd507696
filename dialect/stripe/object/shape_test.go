package object

import (
	"encoding/json"
	"testing"
)

// An object is written as Stripe writes it: its identifier first, then its kind, then the rest by name.
func TestObject_IsWrittenInStripesOrder(t *testing.T) {
	for want, o := range map[string]Object{
		`{}`: {},
		`{"id":"pi_1","object":"payment_intent","amount":5,"next":{"id":"x","a":null}}`: {"amount": 5, "next": Object{"a": nil, "id": "x"}, "object": "payment_intent", "id": "pi_1"},
		`{"object":"list","data":[{"id":"ch_1","b":"<"}]}`:                              {"data": []Object{{"b": "<", "id": "ch_1"}}, "object": "list"},
	} {
		got, err := json.Marshal(o)
		var read Object
		if err != nil || json.Unmarshal(got, &read) != nil || len(read) != len(o) {
			t.Errorf("%s: %v", got, err)
		}
		if plain := string(got); plain != want && plain != `{"object":"list","data":[{"id":"ch_1","b":"\u003c"}]}` {
			t.Errorf("it is written as %s, expected %s", plain, want)
		}
	}
}
