package webhook

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Finding is one step of an examination and its result.
type Finding struct {
	Step string // "The key"
	Tone string // "good", "bad" or "wait" for a doubt
	Text string
}

// Examination is a message that was looked at step by step.
type Examination struct {
	Fits     bool // some signature fits; what is doubtful may stand beside it
	Findings []Finding
}

func (x *Examination) add(step, tone, format string, args ...any) {
	x.Findings = append(x.Findings, Finding{step, tone, fmt.Sprintf(format, args...)})
}

// Examine says step by step why a received message does or does not verify. The
// key is a secret or a public key, head is header lines as they were logged, and
// now is the receiver's time.
func Examine(key, head string, body []byte, now time.Time) Examination {
	var x Examination
	headers := readHead(head)
	key = strings.TrimSpace(key)
	usable := x.key(key)
	id := x.id(headers[HeaderID], body)
	at, timed := x.timestamp(headers[HeaderTimestamp], now)
	signatures := strings.Fields(headers[HeaderSignature])
	if len(signatures) == 0 {
		x.add("Signatures", "bad", "There is no header %s. Proxies and frameworks rarely drop it; paste the headers as the server got them.", HeaderSignature)
	}
	if !usable || id == "" || !timed || len(signatures) == 0 {
		return x
	}
	for i, s := range signatures {
		x.signature(fmt.Sprintf("Signature %d of %d", i+1, len(signatures)), s, key, signed(id, at, body))
	}
	if !x.Fits {
		x.suspect(signatures, key, id, at, body)
	}
	return x
}

// readHead reads header lines in the ways that tools print them.
func readHead(text string) map[string]string {
	headers := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.Trim(strings.TrimPrefix(strings.TrimSpace(line), "-H "), "<> \"',\\")
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		name = strings.ToLower(strings.Trim(name, " \"'"))
		value = strings.Trim(value, " \"'[]")
		if before, twice := headers[name]; twice {
			value = before + " " + value
		}
		headers[name] = value
	}
	return headers
}

func (x *Examination) key(key string) bool {
	const step = "The key"
	switch {
	case key == "":
		x.add(step, "bad", "Paste the endpoint's secret (%s…) or its public key (%s…).", SecretPrefix, publicKeyPrefix)
	case strings.HasPrefix(key, keyPrefix):
		x.add(step, "bad", "This is a private key, which only the sender has. Verify with the public one, %s….", publicKeyPrefix)
	case ValidPublicKey(key):
		x.add(step, "good", "A public key of 32 bytes. It verifies v1a signatures.")
		return true
	case strings.HasPrefix(key, publicKeyPrefix):
		x.add(step, "bad", "A public key is %s and 32 bytes in base64; this is cut, or has something else in it.", publicKeyPrefix)
	case ValidSecret(key):
		raw, _ := base64.StdEncoding.DecodeString(key[len(SecretPrefix):])
		x.add(step, "good", "A secret of %d bytes. It verifies v1 signatures.", len(raw))
		return true
	case strings.HasPrefix(key, SecretPrefix):
		x.add(step, "bad", "A secret is %s and 24 to 64 bytes in base64; this is cut, or has something else in it.", SecretPrefix)
	default:
		x.add(step, "bad", "A key begins with %s or %s. Paste all of it: the prefix says what it is and is no part of the key.", SecretPrefix, publicKeyPrefix)
	}
	return false
}

func (x *Examination) id(id string, body []byte) string {
	switch {
	case id == "":
		x.add(HeaderID, "bad", "The header is not there. It is part of what is signed.")
	case !validID.MatchString(id):
		x.add(HeaderID, "wait", "%q is there, with characters that an id does not have. Is something else on the line?", id)
	default:
		x.add(HeaderID, "good", "%s: drop a message whose id you have seen before.", id)
	}
	var named struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(body, &named) == nil && named.ID != "" && named.ID != id && id != "" {
		x.add("The body's id", "wait", "The body is about %s, the header about %s. Is this another message's body?", named.ID, id)
	}
	return id
}

func (x *Examination) timestamp(text string, now time.Time) (time.Time, bool) {
	if text == "" {
		x.add(HeaderTimestamp, "bad", "The header is not there. It is part of what is signed.")
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		x.add(HeaderTimestamp, "bad", "%q is not a number of seconds since 1970.", text)
		return time.Time{}, false
	}
	at := time.Unix(seconds, 0).UTC()
	off := now.Sub(at).Round(time.Second)
	switch {
	case seconds > 100_000_000_000:
		x.add(HeaderTimestamp, "bad", "%s are milliseconds; the header has seconds. Something changed it.", text)
	case off > Tolerance:
		x.add(HeaderTimestamp, "wait", "%s, %s ago. A receiver refuses what is more than %s old, as a message that was kept for later is; a retry has a new timestamp. The signature is checked for that time.",
			at.Format(time.RFC3339), span(off), span(Tolerance))
	case off < -Tolerance:
		x.add(HeaderTimestamp, "bad", "%s, %s ahead of this computer. A receiver refuses more than %s: compare the clocks.", at.Format(time.RFC3339), span(-off), span(Tolerance))
	default:
		x.add(HeaderTimestamp, "good", "%s, %s off; %s are allowed.", at.Format(time.RFC3339), span(off.Abs()), span(Tolerance))
	}
	return at, true
}

// span is a duration in the unit that one would say it in.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return fmt.Sprintf("%d seconds", d/time.Second)
}

// sizes are the signatures' lengths in bytes, by version.
var sizes = map[string]int{"v1": 32, "v1a": ed25519.SignatureSize}

func (x *Examination) signature(step, s, key string, content []byte) {
	version, text, _ := strings.Cut(s, ",")
	size, known := sizes[version]
	raw, err := base64.StdEncoding.DecodeString(text)
	needs, with := SecretPrefix, "an HMAC-SHA256 by a secret"
	if version == "v1a" {
		needs, with = publicKeyPrefix, "an ed25519 signature, for a public key"
	}
	fits, keyErr := fitting(key, content)
	switch {
	case !known:
		x.add(step, "wait", "%q is a version that is not known here. Receivers pass it over.", version)
	case err != nil || len(raw) != size:
		x.add(step, "bad", "%s should be %d bytes in base64; this is cut, or was changed on its way.", version, size)
	case !strings.HasPrefix(key, needs):
		x.add(step, "wait", "%s is %s (%s…), and the key given is of the other kind. Receivers pass it over.", version, with, needs)
	case keyErr == nil && fits(s):
		x.Fits = true
		x.add(step, "good", "%s fits the key, the id, the timestamp and the body: %s.", version, with)
	default:
		x.add(step, "bad", "%s does not fit. The key is another one, or id, timestamp or body are not what was signed.", version)
	}
}

// suspect tries what usually went wrong, and says so where that makes a
// signature fit.
func (x *Examination) suspect(signatures []string, key, id string, at time.Time, body []byte) {
	try := func(key string, body []byte) bool {
		fits, err := fitting(key, signed(id, at, body))
		if err != nil {
			return false
		}
		for _, s := range signatures {
			if fits(s) {
				return true
			}
		}
		return false
	}
	var compact bytes.Buffer
	_ = json.Compact(&compact, body) // empty where it is not JSON
	trimmed := bytes.TrimSpace(body)
	for _, c := range []struct {
		body []byte
		text string
	}{
		{trimmed, "It fits without the space around the body: something added line ends, perhaps only in pasting."},
		{append(bytes.Clone(trimmed), '\n'), "It fits with a line end after the body: something cut it off, perhaps only in pasting."},
		{bytes.ReplaceAll(body, []byte("\n"), []byte("\r\n")), "It fits with line ends of CR LF: something changed them, perhaps only in pasting."},
		{compact.Bytes(), "It fits once the JSON is written without spaces: the body was parsed and written anew. Verify over the bytes as they came, before anything parses them."},
		{nil, "It fits an empty body: the framework had read the body before the verifier did."},
	} {
		if try(key, c.body) {
			x.add("What it may be", "bad", "%s", c.text)
			return
		}
	}
	if try(SecretPrefix+base64.StdEncoding.EncodeToString([]byte(key)), body) || try(SecretPrefix+base64.StdEncoding.EncodeToString([]byte(strings.TrimPrefix(key, SecretPrefix))), body) {
		x.add("What it may be", "bad", "It was signed with the secret's text. The key is what follows %s, decoded from base64.", SecretPrefix)
		return
	}
	x.add("What it may be", "wait", "No common mistake found. Check that the key is this endpoint's and not one from before a rotation, and that nobody changed the body.")
}
