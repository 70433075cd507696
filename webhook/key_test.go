package webhook

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"

	"sandbank/event"
	"sandbank/secret"
)

// keys are the keys of a letter.
func keys(letter string) Keys {
	seed := []byte(strings.Repeat(letter, 32))
	return Keys{Secret: secret.Kept(Secret(seed)), Key: secret.Kept(NewKey(seed))}
}

func message(t *testing.T, e Endpoint, body string, at time.Time) http.Header {
	t.Helper()
	signature, err := e.Sign("evt_1", at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set(HeaderID, "evt_1")
	h.Set(HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	h.Set(HeaderSignature, signature)
	return h
}

// v1a as the specification has it, verified without any code of ours.
func TestSignKey_IsTheSchemeV1a(t *testing.T) {
	const body = `{"id":"evt_1"}`
	h := message(t, Endpoint{Keys: keys("a"), Signature: SignatureEd25519}, body, noon)
	text, ok := strings.CutPrefix(h.Get("webhook-signature"), "v1a,")
	if !ok || strings.Contains(text, " ") {
		t.Fatalf("the header is %q", h.Get("webhook-signature"))
	}
	signature, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	written := keys("a").PublicKey()
	public, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(written, "whpk_"))
	if err != nil || !strings.HasPrefix(written, "whpk_") || len(public) != ed25519.PublicKeySize {
		t.Fatalf("the public key is %q: %v", written, err)
	}
	content := h.Get("webhook-id") + "." + h.Get("webhook-timestamp") + "." + body
	if !ed25519.Verify(public, []byte(content), signature) {
		t.Error("the signature does not fit the public key")
	}
	if ed25519.Verify(public, []byte(content+" "), signature) {
		t.Error("the signature fits another body")
	}
}

func TestEndpoint_SignsAsItChose(t *testing.T) {
	for choice, versions := range map[Signature]string{"": "v1", SignatureHMAC: "v1", SignatureEd25519: "v1a", SignatureBoth: "v1 v1a"} {
		e := Endpoint{Keys: keys("a"), Signature: choice}
		h := message(t, e, "{}", noon)
		var got []string
		for s := range strings.FieldsSeq(h.Get(HeaderSignature)) {
			version, _, _ := strings.Cut(s, ",")
			got = append(got, version)
		}
		if strings.Join(got, " ") != versions {
			t.Errorf("%q signs %v", choice, got)
		}
		if err := Verify(e.Secret.Reveal(), h, []byte("{}"), noon); (err == nil) != strings.HasPrefix(versions+" ", "v1 ") {
			t.Errorf("%q by the secret: %v", choice, err)
		}
		if err := Verify(e.PublicKey(), h, []byte("{}"), noon); (err == nil) != strings.HasSuffix(versions, "v1a") {
			t.Errorf("%q by the public key: %v", choice, err)
		}
	}
}

// During the overlap a receiver with the old keys and one with the new keys
// both verify, the reference library too; afterwards only the new keys count.
func TestRotate_BothKeysFitForADay(t *testing.T) {
	now := time.Now()
	e := Endpoint{Keys: keys("a"), Signature: SignatureBoth}
	e.Rotate(keys("b"), now)
	for at, old := range map[time.Time]bool{now: true, now.Add(Overlap - time.Second): true, now.Add(Overlap): false} {
		h := message(t, e.At(at), "{}", now)
		for letter, want := range map[string]bool{"a": old, "b": true, "c": false} {
			reference, err := standard.NewWebhook(keys(letter).Secret.Reveal())
			if err != nil {
				t.Fatal(err)
			}
			if got := reference.Verify([]byte("{}"), h); (got == nil) != want {
				t.Errorf("after %s, the secret %s by the reference: %v", at.Sub(now), letter, got)
			}
			if got := Verify(keys(letter).PublicKey(), h, []byte("{}"), now); (got == nil) != want {
				t.Errorf("after %s, the public key %s: %v", at.Sub(now), letter, got)
			}
		}
	}
	e.Rotate(keys("c"), now)
	h := message(t, e, "{}", now)
	if Verify(keys("a").Secret.Reveal(), h, []byte("{}"), now) == nil || Verify(keys("b").Secret.Reveal(), h, []byte("{}"), now) != nil {
		t.Error("a second rotation keeps the last key but one, or drops the last")
	}
}

func TestVerify_RefusesBadKeys(t *testing.T) {
	h := message(t, Endpoint{Keys: keys("a"), Signature: SignatureBoth}, "{}", noon)
	for _, key := range []string{"whpk_", "whpk_!", "whpk_AAAA", keys("a").Key.Reveal(), keys("b").PublicKey()} {
		if Verify(key, h, []byte("{}"), noon) == nil {
			t.Errorf("%q passes", key)
		}
	}
	if (Keys{Key: "whsk_AAAA"}).PublicKey() != "" || ValidPublicKey("whpk_AAAA") || !ValidPublicKey(keys("a").PublicKey()) {
		t.Error("the forms of keys")
	}
	if _, err := (Endpoint{Signature: SignatureEd25519}).Sign("evt_1", noon, nil); err == nil {
		t.Error("signed without a key")
	}
}

func TestBody_ThinSaysWhatItIsAboutAndNoMore(t *testing.T) {
	e := event.Event{ID: "evt_1", Type: "payment.captured", Sequence: 3, At: noon, Data: []byte(
		`{"id":"pay_1","status":"captured","amount":{"value":"1.00","currency":"EUR"},"links":{"self":"http://x/v1/payments/pay_1","checkout":"http://x/pay/secret"}}`)}
	const want = `{"id":"evt_1","type":"payment.captured","sequence":3,"timestamp":"2026-11-22T12:00:00Z",` +
		`"data":{"id":"pay_1","status":"captured","links":{"self":"http://x/v1/payments/pay_1"}}}`
	if got := string(BodyThin.Write(e)); got != want {
		t.Errorf("thin: %s", got)
	}
	for _, b := range []Body{"", BodyFull} {
		if got := string(b.Write(e)); got != string(e.Body()) {
			t.Errorf("wrote the event with body %q: want %s, got %s", b, e.Body(), got)
		}
	}
	e.Data = []byte(`{"id":"po_1"}`)
	if got := string(BodyThin.Write(e)); !strings.HasSuffix(got, `"data":{"id":"po_1"}}`) {
		t.Errorf("without status and links: %s", got)
	}
}

// The reference implementation's types read it.
func TestBody_CloudEvents(t *testing.T) {
	e := event.Event{ID: "evt_1", Type: "payment.captured", Merchant: "demo-shop", Payment: "pay_1", Sequence: 3, At: noon, Data: []byte(
		`{"id":"pay_1","links":{"self":"http://x/v1/payments/pay_1"}}`)}
	var c cloudevents.Event
	if err := json.Unmarshal(BodyCloudEvents.Write(e), &c); err != nil || c.Validate() != nil {
		t.Fatal(err, c.Validate())
	}
	if c.ID() != e.ID || c.Source() != "http://x/merchants/demo-shop" || string(c.Data()) != string(e.Data) || BodyCloudEvents.ContentType() != "application/cloudevents+json" {
		t.Error(c)
	}
}
