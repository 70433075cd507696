package webhook

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

var (
	noon         = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	sharedSecret = Secret([]byte(strings.Repeat("k", 32)))
)

// headed are the headers of a message.
func headed(t *testing.T, id string, at time.Time, body []byte) http.Header {
	t.Helper()
	signature, err := Sign(sharedSecret, id, at, body)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	h.Set(HeaderSignature, signature)
	return h
}

// The reference library verifies signatures made here, and its own signatures
// are verified here.
func TestSign_AgreesWithTheReferenceLibrary(t *testing.T) {
	reference, err := standard.NewWebhook(sharedSecret)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{`{"id":"evt_1"}`, "", "é\x00\xff", strings.Repeat("x", 100_000)} {
		now := time.Now()
		h := headed(t, "evt_1", now, []byte(body))
		if err := reference.Verify([]byte(body), h); err != nil {
			t.Errorf("the reference refuses %.20q: %v", body, err)
		}
		theirs, err := reference.Sign("evt_1", now, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		h.Set(HeaderSignature, theirs)
		if err := Verify(sharedSecret, h, []byte(body), now); err != nil {
			t.Errorf("the reference's own signature of %.20q: %v", body, err)
		}
	}
}

func TestVerify_Refuses(t *testing.T) {
	body := []byte(`{"id":"evt_1"}`)
	if err := Verify(sharedSecret, headed(t, "evt_1", noon, body), body, noon); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(h http.Header) (secretUsed string, got []byte, now time.Time){
		"another body": func(http.Header) (string, []byte, time.Time) { return sharedSecret, []byte(`{"id":"evt_2"}`), noon },
		"another id": func(h http.Header) (string, []byte, time.Time) {
			h.Set(HeaderID, "evt_2")
			return sharedSecret, body, noon
		},
		"another timestamp": func(h http.Header) (string, []byte, time.Time) {
			h.Set(HeaderTimestamp, strconv.FormatInt(noon.Unix()+1, 10))
			return sharedSecret, body, noon
		},
		"another secret": func(http.Header) (string, []byte, time.Time) { return Secret(make([]byte, 32)), body, noon },
		"bad secret":     func(http.Header) (string, []byte, time.Time) { return "whsec_!", body, noon },
		"too late": func(http.Header) (string, []byte, time.Time) {
			return sharedSecret, body, noon.Add(Tolerance + time.Second)
		},
		"too early": func(http.Header) (string, []byte, time.Time) {
			return sharedSecret, body, noon.Add(-Tolerance - time.Second)
		},
		"no signature": func(h http.Header) (string, []byte, time.Time) {
			h.Del(HeaderSignature)
			return sharedSecret, body, noon
		},
		"no timestamp": func(h http.Header) (string, []byte, time.Time) {
			h.Del(HeaderTimestamp)
			return sharedSecret, body, noon
		},
		"no id": func(h http.Header) (string, []byte, time.Time) { h.Del(HeaderID); return sharedSecret, body, noon },
		"wrong version": func(h http.Header) (string, []byte, time.Time) {
			h.Set(HeaderSignature, strings.Replace(h.Get(HeaderSignature), "v1,", "v2,", 1))
			return sharedSecret, body, noon
		},
		"cut signature": func(h http.Header) (string, []byte, time.Time) {
			h.Set(HeaderSignature, h.Get(HeaderSignature)[:20])
			return sharedSecret, body, noon
		},
		"timestamp of words": func(h http.Header) (string, []byte, time.Time) {
			h.Set(HeaderTimestamp, "noon")
			return sharedSecret, body, noon
		},
	} {
		h := headed(t, "evt_1", noon, body)
		with, got, now := spoil(h)
		if Verify(with, h, got, now) == nil {
			t.Errorf("%s: passes", name)
		}
	}
}

// While a secret is rotated a message carries a signature of each.
func TestVerify_TakesOneOfSeveralSignatures(t *testing.T) {
	body := []byte("{}")
	h := headed(t, "evt_1", noon, body)
	h.Set(HeaderSignature, "v1,AAAA v1a,BBBB "+h.Get(HeaderSignature))
	if err := Verify(sharedSecret, h, body, noon.Add(Tolerance)); err != nil {
		t.Error(err)
	}
}

func TestWait_Schedule(t *testing.T) {
	plain := []time.Duration{5 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 3 * time.Hour, 9 * time.Hour}
	for i, want := range plain {
		for luck, factor := range map[float64]float64{0: 0.8, 0.5: 1, 0.999999: 1.2} {
			got, again := Wait(i+1, luck)
			if !again || got < time.Duration(float64(want)*(factor-0.001)) || got > time.Duration(float64(want)*(factor+0.001)) {
				t.Errorf("after try %d with luck %v: %s, %t; want about %v of %s", i+1, luck, got, again, factor, want)
			}
		}
	}
	for _, tries := range []int{-1, 0, MaxTries, MaxTries + 1} {
		if d, again := Wait(tries, 0.5); again || d != 0 {
			t.Errorf("after try %d: %s, %t", tries, d, again)
		}
	}
	if MaxTries != 7 {
		t.Errorf("%d tries in all", MaxTries)
	}
}

func TestEndpoint_Wants(t *testing.T) {
	for name, c := range map[string]struct {
		events []string
		event  string
		want   bool
	}{
		"by default, results":         {nil, "payment.captured", true},
		"by default, no steps":        {nil, "payment.processing", false},
		"by default, no challenges":   {nil, "payment.action_required", false},
		"by default, no retries":      {nil, "attempt.declined", false},
		"steps if asked for":          {[]string{"payment.processing"}, "payment.processing", true},
		"nothing but what it asks":    {[]string{"payment.processing"}, "payment.captured", false},
		"everything if asked for":     {[]string{"*"}, "attempt.declined", true},
		"not by the first characters": {[]string{"payment"}, "payment.captured", false},
	} {
		e := Endpoint{Enabled: true, Events: c.events}
		if e.Wants(c.event) != c.want {
			t.Errorf("%s: endpoint for %q, event %s: want it wanted %t, got %t", name, c.events, c.event, c.want, !c.want)
		}
		if e.Enabled = false; e.Wants(c.event) {
			t.Errorf("%s: a disabled endpoint wants %s", name, c.event)
		}
	}
}

func TestValidSecret(t *testing.T) {
	for n, want := range map[int]bool{0: false, 23: false, 24: true, 32: true, 64: true, 65: false} {
		if s := Secret(make([]byte, n)); ValidSecret(s) != want {
			t.Errorf("a key of %d bytes: %t", n, !want)
		}
	}
	for _, s := range []string{"", "whsec_", "whsec_!!!!", strings.TrimPrefix(sharedSecret, SecretPrefix), "WHSEC_" + strings.TrimPrefix(sharedSecret, SecretPrefix)} {
		if ValidSecret(s) {
			t.Errorf("%q passes", s)
		}
	}
}
