package wire

import (
	"fmt"
	"time"

	"sandbank/money"
	"sandbank/payment"
	"sandbank/payment/form"
)

// DisputeType is the type of a [Dispute].
const DisputeType = "dispute"

// Dispute is a bank's message about a dispute: that there is one, or how it
// ended.
type Dispute struct {
	Type      string                `json:"type"` // "dispute"
	ID        string                `json:"id"`   // also the AMQP message_id
	Dispute   string                `json:"dispute"`
	Payment   string                `json:"payment"`
	Attempt   int                   `json:"attempt"`
	Bank      string                `json:"bank"`
	Status    payment.DisputeStatus `json:"status"` // needs_response, won or lost
	Amount    money.Amount          `json:"amount"`
	Reason    string                `json:"reason"` // "fraudulent", "product_not_received"
	Rule      string                `json:"rule,omitempty"`
	RespondBy *time.Time            `json:"respond_by,omitempty"` // of a new dispute
	DecidedAt time.Time             `json:"decided_at"`
}

// ReadDispute reads and checks a bank's message about a dispute.
func ReadDispute(body []byte) (Dispute, error) {
	var d Dispute
	if err := read(body, &d, MaxBody); err != nil {
		return d, err
	}
	switch {
	case d.Type != DisputeType:
		return d, fmt.Errorf("type: %q is not %q", d.Type, DisputeType)
	case !plain(d.ID) || !plain(d.Dispute) || !plain(d.Payment) || !plain(d.Bank):
		return d, fmt.Errorf("id, dispute, payment and bank are required")
	case d.Attempt < 1 || d.Attempt > maxAttempt:
		return d, fmt.Errorf("attempt: must be 1 to %d", maxAttempt)
	case !d.Amount.IsPositive():
		return d, fmt.Errorf("amount: is required")
	case d.Status != payment.DisputeNeedsResponse && !d.Status.Final():
		return d, fmt.Errorf("status: must be needs_response, won or lost")
	case d.Status == payment.DisputeNeedsResponse && (d.RespondBy == nil || d.RespondBy.IsZero()):
		return d, fmt.Errorf("respond_by: is required of a new dispute")
	}
	return d, checkTexts(said{"reason", form.BankText, d.Reason}, said{"rule", form.BankText, d.Rule})
}
