package sqlite

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is packed comes back as it was, and is never longer.
func TestPack_ComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.SampledFrom(strings.Fields(string(dictionary)))), func(words []string) string {
			return strings.Join(words, " ")
		})).Draw(rt, "text")
		stored := pack(text)
		if packed, ok := stored.([]byte); ok && len(packed) >= len(text) {
			rt.Errorf("packed %q: want less than %d bytes, got %d", text, len(text), len(packed))
		}
		var back []byte
		if err := (unpacked{&back}).Scan(stored); err != nil || string(back) != text {
			rt.Errorf("packed and unpacked %q: got %q, %v", text, back, err)
		}
	})
}

// What was packed with the dictionary can only be read with the same one.
func TestPack_DictionaryIsNeverEdited(t *testing.T) {
	const want = "28172be9e43e1803e9fd269cf452661142fac6b314d16732734525fd32dc53b8"
	sum := sha256.Sum256(dictionary)
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("hashed pack/first.txt: want %s, got %s; add another dictionary with another number instead", want, got)
	}
}

// A document of which half is lost is an error, and no other document.
func TestPack_RefusesWhatIsBroken(t *testing.T) {
	packed, ok := pack(strings.Repeat(`{"id":"pay_1","status":"captured"}`, 20)).([]byte)
	if !ok {
		t.Fatal("a text that repeats itself was not packed")
	}
	var back []byte
	if err := (unpacked{&back}).Scan(packed[:len(packed)/2]); err == nil {
		t.Errorf("unpacked half of a document: got %q", back)
	}
}
