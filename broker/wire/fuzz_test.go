package wire

import (
	"bytes"
	"encoding/json"
	"testing"

	"sandbank/payment/instrument"
)

// seed gives a fuzz target one good message and its usual defects.
func seed(f *testing.F, good []byte) {
	for _, body := range [][]byte{
		good, nil, []byte("null"), []byte("{}"), append(good[:len(good):len(good)], '}'),
		bytes.Replace(good, []byte(`"attempt":1`), []byte(`"attempt":1e99`), 1),
		bytes.Replace(good, []byte(`"value":"`), []byte(`"value":"-`), 1),
		bytes.Replace(good, []byte(`SANDNL2A`), []byte(`\u0000`), -1),
		bytes.Replace(good, []byte(`SANDNL2A`), []byte("\xff\xfe"), -1),
	} {
		f.Add(body)
	}
}

// whole fails unless an accepted body is one JSON object and comes through
// another round unchanged.
func whole[T any](t *testing.T, body []byte, got T, read func([]byte) (T, error)) {
	if !json.Valid(body) {
		t.Fatalf("accepted what is not JSON: %q", body)
	}
	encoded := Encode(got)
	if len(encoded) > MaxBody {
		return // escaping made it longer than what is accepted
	}
	again, err := read(encoded)
	if err != nil || !bytes.Equal(Encode(again), encoded) {
		t.Fatalf("%q was written as %q and read as %+v, %v", body, encoded, again, err)
	}
}

func FuzzReadResult(f *testing.F) {
	seed(f, Encode(aResult()))
	f.Fuzz(func(t *testing.T, body []byte) {
		if r, err := ReadResult(body); err == nil {
			whole(t, body, r, ReadResult)
		}
	})
}

func FuzzReadRequest(f *testing.F) {
	seed(f, Encode(aRequest()))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ReadRequest(body)
		if err != nil {
			return
		}
		whole(t, body, r, ReadRequest)
		if !instrument.ValidBIC(r.Bank) || r.Type == Authorize && r.Instrument == nil {
			t.Fatalf("a bank cannot work on %+v", r)
		}
	})
}

func FuzzReadCall(f *testing.F) {
	seed(f, Encode(aCall()))
	f.Fuzz(func(t *testing.T, body []byte) {
		if c, err := ReadCall(body); err == nil {
			whole(t, body, c, ReadCall)
		}
	})
}

func FuzzReadHealth(f *testing.F) {
	seed(f, Encode(aHealth()))
	f.Fuzz(func(t *testing.T, body []byte) {
		if h, err := ReadHealth(body); err == nil {
			whole(t, body, h, ReadHealth)
		}
	})
}
