package webhook

import (
	"encoding/base64"
	"strconv"
	"strings"
	"testing"
	"time"

	"sandbank/secret"
)

// pasted are the headers of a message as a person pastes them.
func pasted(t *testing.T, e Endpoint, body string) string {
	t.Helper()
	h := message(t, e, body, noon)
	return "POST /hooks HTTP/1.1\nHost: shop.example\nWebhook-Id: " + h.Get(HeaderID) + "\r\n  webhook-timestamp: " + h.Get(HeaderTimestamp) +
		"\n> webhook-signature: " + h.Get(HeaderSignature) + "\n"
}

func TestExamine_SaysWhatFits(t *testing.T) {
	const body = `{"id":"evt_1","n":1}`
	both := Endpoint{Keys: keys("a"), Signature: SignatureBoth}
	rotated := both
	rotated.Rotate(keys("b"), noon)
	for name, c := range map[string]struct {
		key, head, body string
		at              time.Time
		fits            bool
		tones, says     string // of the findings in order; of one of them
	}{
		"secret":             {both.Secret.Reveal(), pasted(t, both, body), body, noon, true, "good good good good wait", "v1 fits"},
		"public key":         {both.PublicKey(), pasted(t, both, body), body, noon, true, "good good good wait good", "v1a fits"},
		"old":                {both.Secret.Reveal(), pasted(t, both, body), body, noon.Add(time.Hour), true, "good good wait good wait", "60 minutes ago"},
		"ahead":              {both.Secret.Reveal(), pasted(t, both, body), body, noon.Add(-time.Hour), true, "good good bad good wait", "compare the clocks"},
		"one of two keys":    {both.Secret.Reveal(), pasted(t, rotated, body), body, noon, true, "good good good bad wait good wait", "Signature 3 of 4"},
		"another key":        {keys("c").Secret.Reveal(), pasted(t, both, body), body, noon, false, "good good good bad wait wait", "No common mistake"},
		"another body":       {both.Secret.Reveal(), pasted(t, both, body), `{"id":"evt_1","n":2}`, noon, false, "good good good bad wait wait", "does not fit"},
		"another message":    {both.Secret.Reveal(), pasted(t, both, body), `{"id":"evt_2"}`, noon, false, "good good wait good bad wait wait", "another message's body"},
		"line end added":     {both.Secret.Reveal(), pasted(t, both, body), body + "\n", noon, false, "good good good bad wait bad", "without the space"},
		"line end lost":      {both.Secret.Reveal(), pasted(t, both, body+"\n"), body, noon, false, "good good good bad wait bad", "with a line end"},
		"laid out":           {both.Secret.Reveal(), pasted(t, both, body), "{\n  \"id\": \"evt_1\",\n  \"n\": 1\n}", noon, false, "good good good bad wait bad", "parsed and written anew"},
		"other line ends":    {both.Secret.Reveal(), pasted(t, both, "{\r\n}"), "{\n}", noon, false, "good good good bad wait bad", "CR LF"},
		"body consumed":      {both.Secret.Reveal(), pasted(t, both, ""), body, noon, false, "good good good bad wait bad", "empty body"},
		"no key":             {"", pasted(t, both, body), body, noon, false, "bad good good", "Paste the endpoint's secret"},
		"key without prefix": {strings.TrimPrefix(both.Secret.Reveal(), "whsec_"), pasted(t, both, body), body, noon, false, "bad good good", "begins with"},
		"cut secret":         {both.Secret[:20].Reveal(), pasted(t, both, body), body, noon, false, "bad good good", "cut"},
		"cut public key":     {both.PublicKey()[:20], pasted(t, both, body), body, noon, false, "bad good good", "cut"},
		"private key":        {both.Key.Reveal(), pasted(t, both, body), body, noon, false, "bad good good", "only the sender"},
		"no headers":         {both.Secret.Reveal(), "", body, noon, false, "good bad bad bad", "not there"},
		"timestamp of words": {both.Secret.Reveal(), "webhook-id: evt_1\nwebhook-timestamp: noon\nwebhook-signature: v1,AAAA", body, noon, false, "good good bad", "not a number"},
		"milliseconds":       {both.Secret.Reveal(), "webhook-id: evt_1\nwebhook-timestamp: 1795348800000\nwebhook-signature: v1,AAAA", body, noon, false, "good good bad bad wait", "milliseconds"},
		"cut signature":      {both.Secret.Reveal(), "webhook-id: evt_1\nwebhook-timestamp: " + unixNoon + "\nwebhook-signature: v1,AAAA v9,x", body, noon, false, "good good good bad wait wait", "not known"},
	} {
		x := Examine(c.key, c.head, []byte(c.body), c.at)
		var tones []string
		all := ""
		for _, f := range x.Findings {
			tones = append(tones, f.Tone)
			all += f.Step + ": " + f.Text + "\n"
		}
		if x.Fits != c.fits || strings.Join(tones, " ") != c.tones || !strings.Contains(all, c.says) {
			t.Errorf("%s: fits %t, %v, want %t, %s and %q in\n%s", name, x.Fits, tones, c.fits, c.tones, c.says, all)
		}
	}
}

var unixNoon = strconv.FormatInt(noon.Unix(), 10)

func TestExamine_FindsASecretUsedAsText(t *testing.T) {
	e := Endpoint{Keys: Keys{Secret: secret.Kept(SecretPrefix + base64.StdEncoding.EncodeToString([]byte(sharedSecret)))}}
	x := Examine(sharedSecret, pasted(t, e, "{}"), []byte("{}"), noon)
	if last := x.Findings[len(x.Findings)-1]; x.Fits || !strings.Contains(last.Text, "the secret's text") {
		t.Errorf("examined a request signed with the secret's text: want the last finding to say so, got %+v", x)
	}
}

// For any input, it agrees with the verifier that it explains.
func FuzzExamine(f *testing.F) {
	e := Endpoint{Keys: keys("a")}
	signature, _ := e.Sign("evt_1", noon, []byte("{}"))
	f.Add(e.Secret.Reveal(), "webhook-id: evt_1\nwebhook-timestamp: "+unixNoon+"\nwebhook-signature: "+signature, []byte("{}"))
	f.Add("whpk_x", "a\nb: \"c", []byte("\xff"))
	f.Fuzz(func(t *testing.T, key, head string, body []byte) {
		x := Examine(key, head, body, noon)
		for _, finding := range x.Findings {
			if finding.Step == "" || finding.Text == "" || finding.Tone == "" {
				t.Errorf("an empty finding: %+v", x)
			}
		}
		if !x.Fits {
			return
		}
		h := readHead(head)
		if Verify(strings.TrimSpace(key), map[string][]string{
			"Webhook-Id": {h[HeaderID]}, "Webhook-Timestamp": {h[HeaderTimestamp]}, "Webhook-Signature": {h[HeaderSignature]},
		}, body, at(h[HeaderTimestamp])) != nil {
			t.Errorf("it says that %q fits, the verifier does not", head)
		}
	})
}

func at(seconds string) time.Time {
	n, _ := strconv.ParseInt(seconds, 10, 64)
	return time.Unix(n, 0)
}
