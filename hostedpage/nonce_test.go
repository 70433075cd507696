package hostedpage

import (
	"encoding/base64"
	"testing"
)

// One nonce twice under one key gives the details away: no seed and no restart makes the same again.
func TestVault_NeverRepeatsANonce(t *testing.T) {
	key := []byte("a key of a checkout, of 32 bytes")
	seen := map[string]bool{}
	for range 100 {
		v, err := newVault(key) // as after a restart on kept data
		if err != nil {
			t.Fatal(err)
		}
		raw, err := base64.RawURLEncoding.DecodeString(v.seal(details{Holder: "A"}, "session"))
		if err != nil {
			t.Fatal(err)
		}
		seen[string(raw[:v.aead.NonceSize()])] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d nonces of 100", len(seen))
	}
}
