package processor

import (
	"context"

	"sandbank/payment"
)

// Disputes lists disputes, newest first; a status of "" stands for all.
func (p *Processor) Disputes(ctx context.Context, in Reach, status payment.DisputeStatus, w Window) (Page[payment.DisputeResource], error) {
	return recordPage[payment.DisputeResource](ctx, p, in, RecordFilter{Kind: DisputeRecord, Status: string(status)}, w)
}

// Dispute finds a dispute.
func (p *Processor) Dispute(ctx context.Context, in Reach, id string) (payment.DisputeResource, error) {
	d, _, err := recordOf[payment.DisputeResource](ctx, p, in, DisputeRecord, id)
	return d, err
}
