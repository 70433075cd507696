package event_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"

	"sandbank/event"
)

func sample(sequence int64) event.Event {
	return event.Event{
		ID: "evt_01890a5e-043c-7d1f-9a42-5be2f10c7a34", Type: "payment.captured", Merchant: "demo-shop", Payment: "pay_01890a5d-ac96-774b-bcce-b302099a8057",
		Sequence: sequence, At: time.Date(2026, 3, 14, 14, 5, 31, 390e6, time.UTC), Data: json.RawMessage(`{"id":"pay_1","amount":{"value":"19.90"},"links":{"self":"https://pay.example/v1/payments/pay_1"}}`),
	}
}

// The reference implementation's types read it, and find it valid.
func TestCloudEvent_IsOne(t *testing.T) {
	e := sample(12)
	body := e.CloudEvent()
	var c cloudevents.Event
	if err := json.Unmarshal(body, &c); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if c.SpecVersion() != "1.0" || c.ID() != e.ID || c.Type() != e.Type || c.Subject() != e.Payment || !c.Time().Equal(e.At) ||
		c.Source() != "https://pay.example/merchants/demo-shop" || c.DataContentType() != "application/json" || string(c.Data()) != string(e.Data) {
		t.Errorf("wrote event %s as a CloudEvent: want its members, got %s", e.ID, c)
	}
	if want := map[string]any{"sequence": "0000000012", "sequencetype": "Integer"}; !reflect.DeepEqual(c.Extensions(), want) {
		t.Errorf("extensions %v", c.Extensions())
	}
}

func TestCloudEvent_SequenceIsOrderedAsText(t *testing.T) {
	var list []string
	for _, n := range []int64{1, 2, 9, 10, 99, 100, 2_000_000_000} {
		var c struct{ Sequence string }
		if err := json.Unmarshal(sample(n).CloudEvent(), &c); err != nil {
			t.Fatal(err)
		}
		list = append(list, c.Sequence)
	}
	if !slices.IsSorted(list) {
		t.Error(list)
	}
}

func TestParse_ReadsWhatBodyWrote(t *testing.T) {
	want := sample(7)
	got, err := event.Parse(want.Body())
	if err != nil {
		t.Fatal(err)
	}
	if want.Merchant, want.Payment = "", ""; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, not %+v", got, want)
	}
	if _, err := event.Parse([]byte("{")); err == nil {
		t.Error("half a body was read")
	}
}
