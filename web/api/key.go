package api

import (
	"net/http"
	"strings"

	"github.com/dunglas/httpsfv"

	"sandbank/fault"
	"sandbank/payment/form"
	"sandbank/payment/instrument"
)

// maxKey bounds an idempotency key, in characters of its text: without quotes, escapes and parameters.
const maxKey = 255

// idempotencyKey reads the header of draft-ietf-httpapi-idempotency-key-header, "" where there is none: a string
// as structured fields have it (RFC 8941, section 3.3.3), whose parameters mean nothing. Many clients send the
// text bare, without quotes; it is the same key.
func idempotencyKey(r *http.Request) (string, error) {
	sent := r.Header.Values("Idempotency-Key")
	if len(sent) == 0 {
		return "", nil
	}
	if len(sent) > 1 {
		return "", keyInvalid("must be sent once, and was sent %d times", len(sent))
	}
	key := strings.TrimSpace(sent[0])
	if strings.HasPrefix(key, `"`) {
		item, err := httpsfv.UnmarshalItem(sent)
		text, isString := item.Value.(string)
		if err != nil || !isString {
			return "", keyInvalid(`must be one string in quotes, in which \ stands only before " and \, with nothing but parameters behind it, such as "order-1042"`)
		}
		key = text
	} else if strings.ContainsAny(key, `"\`) {
		return "", keyInvalid(`must be in quotes if it has " or \, each with a \ before it, such as "order \"1042\""`)
	}
	printable := !strings.ContainsFunc(key, func(r rune) bool { return r < 0x20 || r > 0x7e })
	if key == "" || len(key) > maxKey || !printable {
		return "", keyInvalid("must have 1 to %d printable ASCII characters, such as \"order-1042\"", maxKey)
	}
	if instrument.NamesCard(key) {
		return "", keyInvalid("%s", form.NoCard)
	}
	return key, nil
}

// keyInvalid refuses an idempotency key.
func keyInvalid(why string, with ...any) error {
	return fault.New(fault.Invalid, "idempotency_key_invalid", "The Idempotency-Key is not valid.").At("Idempotency-Key", why, with...)
}
