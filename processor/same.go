package processor

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"sandbank/payment"
)

// Two requests under one idempotency key are the same if they ask for the same, not
// if they are written the same: 5 and 5.00 are one amount, the order and spacing of
// members is nothing, and a field that is left out is its default. The checked
// wishes are compared.

// fingerprint is the same for payments that ask for the same. Without a key nobody
// compares.
func (n NewPayment) fingerprint() string {
	if n.IdempotencyKey == "" {
		return ""
	}
	n.Capture, n.Attempts = cmp.Or(n.Capture, payment.CaptureAutomatic), cmp.Or(n.Attempts, payment.DefaultAttempts)
	if n.Return == payment.ReturnLink {
		n.Return = ""
	}
	if len(n.Metadata) == 0 {
		n.Metadata = nil
	}
	n.Scenario, n.RequestID, n.IdempotencyKey, n.Merchant = nil, "", "", ""
	return fingerprint(n)
}

// fingerprint is the same for operations that ask for the same.
func (n NewOperation) fingerprint() string {
	if n.IdempotencyKey == "" {
		return ""
	}
	n.RequestID, n.IdempotencyKey, n.Merchant, n.Payment = "", "", "", ""
	return fingerprint(n)
}

func fingerprint(wish any) string {
	canonical, _ := json.Marshal(wish) // amounts have all their decimals; plain structs always encode
	sum := sha256.Sum256(canonical)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
