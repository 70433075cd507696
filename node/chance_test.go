package node

import (
	"bytes"
	"testing"
	"time"
)

// A seed repeats identifiers, and no key: two nodes of one seed share none, and what one kept is
// not made anew by a restart.
func TestSeed_ReachesNoSecret(t *testing.T) {
	one, other := made(t, Config{Seed: 7}), made(t, Config{Seed: 7})
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	if a, b := one.chance.ID("pay", noon), other.chance.ID("pay", noon); a != b {
		t.Errorf("one seed made %s and %s", a, b)
	}
	if bytes.Equal(one.checkoutKey, other.checkoutKey) {
		t.Error("a seed makes the checkout's key")
	}
	for _, secret := range []string{"sign-in", "checkout"} {
		never := func() ([]byte, error) { t.Errorf("there is no secret %s", secret); return []byte("-"), nil }
		a, err := one.store.Secret(t.Context(), secret, never)
		if err != nil {
			t.Fatal(err)
		}
		b, err := other.store.Secret(t.Context(), secret, never)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(a, b) {
			t.Errorf("a seed makes the secret %s", secret)
		}
	}
}
