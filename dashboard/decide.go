package dashboard

import (
	"net/http"

	"sandbank/fault"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/wire"
)

// decide has the bank decide a dispute: only a simulated one can be told to.
func (d *Dashboard) decide(outcome payment.DisputeStatus) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		_, of, err := one[payment.DisputeResource](r, d, processor.DisputeRecord)
		if err != nil {
			return err
		}
		p, err := d.Processor.Store.Payment(r.Context(), of.Payment)
		if err != nil {
			return err
		}
		x, _ := p.Dispute(of.ID)
		if x.Status.Final() {
			return fault.New(fault.Conflict, "dispute_closed", "The dispute is %s already.", x.Status)
		}
		c := wire.Controls{Command: wire.CommandDecide, Outcome: string(outcome), Dispute: x.BankDispute}
		if err := d.Processor.Steer(r.Context(), of.Bank, c, nil); err != nil {
			return err
		}
		http.Redirect(w, r, "/disputes/"+of.ID, http.StatusSeeOther)
		return nil
	}
}
