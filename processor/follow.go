package processor

import (
	"cmp"
	"strconv"

	"sandbank/broker/wire"
	"sandbank/ledger"
	"sandbank/payment"
	"sandbank/settlement"
	"sandbank/sim"
)

// follow keeps a changed payment with everything that follows from the change:
// entries, items to settle, holds, disputes, and events. It compares before and
// after, so the cause of the change makes no difference. It returns the payment
// as stored.
func (p *Processor) follow(w *Work, before, after payment.Payment) payment.Payment {
	after = after.TouchedBy(p.config.Faults.Touching(after.Bank, before.UpdatedAt))
	w.update(after)
	for i, o := range after.Operations {
		was := payment.OperationStatus("")
		if i < len(before.Operations) {
			was = before.Operations[i].Status
		}
		if was != o.Status {
			p.bookOperation(w, after, o)
		}
	}
	for i, d := range after.Disputes {
		was := payment.DisputeStatus("")
		if i < len(before.Disputes) {
			was = before.Disputes[i].Status
		}
		if was != d.Status {
			p.bookDispute(w, after, d)
		}
	}
	if after.CaptureMode == payment.CaptureManual && after.Approved() != nil &&
		(before.Status != after.Status || !before.Captured().Equal(after.Captured())) {
		w.hold(authorizationHold(after))
	}
	var courses sim.Courses
	for i, eventType := range payment.Happened(before, after) {
		if after, courses = after.Tell(); after.Simulation != nil {
			w.update(after)
		}
		id := p.newID("evt", after.ID, strconv.FormatInt(after.Version, 10), strconv.Itoa(i))
		w.tell(after, eventType, id, courses, p.config.Address, p.deliveryID)
	}
	p.tellForeign(w, before, after, courses)
	return after
}

func (p *Processor) subject(pay payment.Payment, of string) ledger.Subject {
	return ledger.Subject{EntryID: p.newID("ent", of, strconv.FormatInt(pay.Version, 10)), Of: of, Payment: pay.ID, At: pay.UpdatedAt}
}

// bookOperation books what became of a capture or refund.
func (p *Processor) bookOperation(w *Work, pay payment.Payment, o payment.Operation) {
	bank := pay.Approved().Bank
	about := p.subject(pay, o.ID)
	switch {
	case o.Kind == payment.OpCapture && o.Status == payment.OpSucceeded:
		fee := p.config.Fees.Capture(pay.Merchant, o.Amount)
		w.Entries = append(w.Entries, ledger.Capture(about, bank, pay.Merchant, o.Amount, fee))
		i := itemOf(pay, settlement.ItemCapture, o.RequestID, o.ID, o)
		i.MerchantFee, i.BankFee, i.State = fee, wire.BankFee(o.Amount), settlement.ItemOpen
		w.item(i)
	case o.Kind == payment.OpRefund && o.Status == payment.OpPending:
		w.Entries = append(w.Entries, ledger.ReserveRefund(about, pay.Merchant, o.Amount))
		w.item(itemOf(pay, settlement.ItemRefundReserved, o.ID+".reserved", o.ID, o))
		w.hold(refundHold(pay, o))
	case o.Kind == payment.OpRefund && o.Status == payment.OpSucceeded:
		w.Entries = append(w.Entries, ledger.Refund(about, bank, o.Amount))
		i := itemOf(pay, settlement.ItemRefund, o.RequestID, o.ID, o)
		i.State = settlement.ItemOpen
		w.item(i)
		w.hold(refundHold(pay, o))
	case o.Kind == payment.OpRefund && o.Status == payment.OpFailed:
		w.Entries = append(w.Entries, ledger.ReleaseRefund(about, pay.Merchant, o.Amount))
		w.item(itemOf(pay, settlement.ItemRefundReleased, o.ID+".released", o.ID, o))
		w.hold(refundHold(pay, o))
	}
}

// itemOf is an item of an operation that no bank has to list, unless told.
func itemOf(pay payment.Payment, kind settlement.ItemKind, id, of string, o payment.Operation) settlement.Item {
	zero := o.Amount.Sub(o.Amount)
	return settlement.Item{
		ID: id, Kind: kind, Of: of, Merchant: pay.Merchant, Bank: pay.Approved().Bank, Payment: pay.ID, Reference: pay.Reference,
		Amount: o.Amount, MerchantFee: zero, BankFee: zero, BookedAt: cmp.Or(o.BankAt, pay.UpdatedAt), State: settlement.ItemSettled,
	}
}

// bookDispute books what became of a dispute, and keeps it for lists.
func (p *Processor) bookDispute(w *Work, pay payment.Payment, d payment.Dispute) {
	bank := pay.Approved().Bank
	about := p.subject(pay, d.ID)
	as := payment.Operation{Amount: d.Amount, BankAt: d.BankAt}
	switch d.Status {
	case payment.DisputeNeedsResponse:
		w.Entries = append(w.Entries, ledger.OpenDispute(about, pay.Merchant, d.Amount, d.Fee))
		i := itemOf(pay, settlement.ItemDisputeHeld, d.ID+".held", d.ID, as)
		i.MerchantFee = d.Fee
		w.item(i)
	case payment.DisputeWon:
		w.Entries = append(w.Entries, ledger.WinDispute(about, pay.Merchant, d.Amount))
		w.item(itemOf(pay, settlement.ItemDisputeReturned, d.ID+".returned", d.ID, as))
	case payment.DisputeLost:
		w.Entries = append(w.Entries, ledger.LoseDispute(about, bank, d.Amount))
		i := itemOf(pay, settlement.ItemChargeback, settlement.ChargebackID(bank, pay.ID, d.BankDispute), d.ID, as)
		i.State, i.Line = settlement.ItemOpen, d.BankDispute
		w.item(i)
	case payment.DisputeUnderReview:
	}
	w.keep(NewRecord(Record{
		Kind: DisputeRecord, ID: d.ID, Merchant: pay.Merchant, Bank: bank, Payment: pay.ID, Status: string(d.Status),
	}, d.Resource(pay.ID)))
}

// hold keeps a hold.
func (w *Work) hold(h ledger.Hold) {
	kind, owner := h.Account.Owner()
	r := Record{Kind: HoldRecord, ID: h.ID, Payment: h.Payment, Status: string(h.Status)}
	if kind == "merchant" {
		r.Merchant = owner
	} else {
		r.Bank = owner
	}
	w.keep(NewRecord(r, h))
}

// authorizationHold is the hold of an authorization as it stands.
func authorizationHold(pay payment.Payment) ledger.Hold {
	a := pay.Approved()
	h := ledger.Hold{
		ID: "hold_" + pay.ID, Kind: "authorization", Account: ledger.BankReceivable(a.Bank), Payment: pay.ID,
		Amount: pay.Amount, Posted: pay.Captured(), Status: ledger.HoldPending, At: a.DecidedAt,
	}
	if pay.Status != payment.Authorized {
		h.ResolvedAt = pay.UpdatedAt
		if h.Status = ledger.HoldPosted; h.Posted.IsZero() {
			h.Status = ledger.HoldVoided
		}
	}
	return h
}

// refundHold is the hold of a refund as it stands.
func refundHold(pay payment.Payment, o payment.Operation) ledger.Hold {
	h := ledger.Hold{
		ID: "hold_" + o.ID, Kind: "refund", Account: ledger.MerchantPayable(pay.Merchant), Payment: pay.ID,
		Amount: o.Amount, Posted: o.Amount.Sub(o.Amount), Status: ledger.HoldPending, At: o.CreatedAt, ResolvedAt: o.DecidedAt,
	}
	switch o.Status {
	case payment.OpSucceeded:
		h.Status, h.Posted = ledger.HoldPosted, o.Amount
	case payment.OpFailed:
		h.Status = ledger.HoldVoided
	case payment.OpPending:
	}
	return h
}
