// Package alias makes the identifiers that other APIs have for the things of this house. They are made of the house's own,
// so that nothing has to be looked up: the prefix is the other API's, the UUID has no hyphens, and what belongs to a
// payment and has no UUID of its own adds its number, of two digits.
package alias

import (
	"fmt"
	"strconv"
	"strings"

	"sandbank/chance"
)

const (
	uuidLength = 32
	ordinals   = 2 // digits
)

// ID is an identifier of the house with another prefix.
func ID(prefix, id string) string {
	_, uuid, _ := strings.Cut(id, "_")
	return prefix + strings.ReplaceAll(uuid, "-", "")
}

// NthID is the identifier of the n-th thing of what has an identifier of the house; n begins at 1.
func NthID(prefix, id string, n int) string { return fmt.Sprintf("%s%02d", ID(prefix, id), n) }

// House is the identifier of the house that an identifier stands for; false where it is none.
func House(prefix, id, house string) (string, bool) {
	hex, ok := strings.CutPrefix(id, prefix)
	if !ok || len(hex) != uuidLength {
		return "", false
	}
	found := house + "_" + hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:]
	return found, chance.ValidID(house, found)
}

// Nth is the payment and the number that an identifier stands for; false where it is none.
func Nth(prefix, id string) (payment string, n int, ok bool) {
	if len(id) != len(prefix)+uuidLength+ordinals {
		return "", 0, false
	}
	at := len(id) - ordinals
	n, err := strconv.Atoi(id[at:])
	payment, ok = House(prefix, id[:at], "pay")
	return payment, n, ok && err == nil && n > 0
}
