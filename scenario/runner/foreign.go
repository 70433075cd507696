package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"sandbank/dialect/alias"
	"sandbank/dialect/bracket"
	"sandbank/secret"
)

// foreign prepares a call in a dialect: with the key of whoever asks, and a body as that API has it.
func (c *caller) foreign(ctx context.Context, q request) (*http.Request, error) {
	d, known := c.dialects[q.dialect]
	if !known {
		return nil, fmt.Errorf("%s %s: nothing says where this Sandbank speaks the dialect %s", q.method, q.path, q.dialect)
	}
	text, kind, err := foreignBody(q.dialect, q.body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", q.method, q.path, err)
	}
	r, err := http.NewRequestWithContext(ctx, q.method, d.Base+q.path, strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	if q.body != nil {
		r.Header.Set("Content-Type", kind)
	}
	if key := map[string]secret.Text{"merchant": d.Merchant, "operator": d.Operator}[q.by]; key != "" {
		r.Header.Set("Authorization", "Bearer "+key.Reveal())
	}
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	return r, nil
}

// foreignBody is a body as a dialect takes it, and its media type: Stripe's has forms.
func foreignBody(dialect string, body any) (text, kind string, err error) {
	plain, written := body.(string)
	switch {
	case dialect == "stripe" && written:
		return plain, "application/x-www-form-urlencoded", nil
	case dialect == "stripe":
		return bracket.Form(body), "application/x-www-form-urlencoded", nil
	case written || body == nil:
		return plain, "application/json", nil
	}
	encoded, err := json.Marshal(body)
	return string(encoded), "application/json", err
}

// housePayment is the payment that an answer in a dialect is a view of; "" where it is none.
func housePayment(id string) string {
	for _, prefix := range []string{"cs_test_", "pi_", "tr_"} {
		if house, ok := alias.House(prefix, id, "pay"); ok {
			return house
		}
	}
	return ""
}
