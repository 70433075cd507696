package format_test

import (
	"encoding/json"
	"testing"
	"time"

	"sandbank/event"
	"sandbank/event/format"
)

var sample = event.Event{
	ID: "evt_1", Type: event.PaymentCaptured, Merchant: "demo-shop", Payment: "pay_1", Sequence: 7, At: time.Date(2026, 3, 14, 14, 5, 31, 0, time.UTC),
	Data: json.RawMessage(`{"id":"pay_1","status":"captured","reference":"order-1","links":{"self":"https://pay.example/v1/payments/pay_1"}}`),
}

// What a format writes it takes for its own, with a media type, and twice alike.
func TestFormats_TakeWhatTheyWrite(t *testing.T) {
	for _, f := range format.All() {
		body := f.Write(sample)
		if err := f.Check(body); err != nil {
			t.Errorf("%s wrote %s and does not take it: %v", f.Name, body, err)
		}
		if again := f.Write(sample); string(again) != string(body) || f.MediaType == "" {
			t.Errorf("%s wrote %s and then %s, as %q", f.Name, body, again, f.MediaType)
		}
		if found, ok := format.Find(f.Name); !ok || found.Name != f.Name {
			t.Errorf("%s is not found by its name", f.Name)
		}
		for _, broken := range []string{"", "{}", "[]", `{"id":1}`} {
			if f.Check([]byte(broken)) == nil {
				t.Errorf("%s takes %q for its own", f.Name, broken)
			}
		}
	}
	if f, ok := format.Find("stone tablet"); ok {
		t.Errorf("found %+v, expected no such format", f)
	}
}

// The media types are promises to those who listen.
func TestFormats_KeepTheirMediaTypes(t *testing.T) {
	for name, want := range map[format.Name]string{format.Plain: "application/json", format.Thin: "application/json", format.Clouds: "application/cloudevents+json"} {
		if got := format.Of(name).MediaType; got != want {
			t.Errorf("%s has the media type %s, expected %s", name, got, want)
		}
	}
}

// A CloudEvent is no plain event, and a plain event no CloudEvent.
func TestFormats_AreToldApart(t *testing.T) {
	plain, clouds := format.Of(format.Plain), format.Of(format.Clouds)
	if plain.Check(clouds.Write(sample)) == nil || clouds.Check(plain.Write(sample)) == nil {
		t.Error("one format takes what the other wrote")
	}
}
