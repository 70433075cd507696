package dashboard

import (
	"context"
	"net/http"
	"strconv"

	"sandbank/identity"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/settlement"
	"sandbank/webhook"
)

// maxBadge bounds what is counted for a badge; there it says "99+".
const maxBadge = 99

// badges counts what waits behind the pages that the viewer may see. What cannot be counted now has no
// badge: a page is shown nevertheless.
func (d *Dashboard) badges(r *http.Request) map[string]Badge {
	list, in, ctx := map[string]Badge{}, d.reach(r), r.Context()
	few := processor.Window{Limit: maxBadge + 1}
	add := func(section, says string, needs identity.Permission, count func() (int, error)) {
		if !d.may(r, needs) {
			return
		}
		if n, err := count(); err == nil && n > 0 {
			list[section] = Badge{number99(n), says}
		}
	}
	add("disputes", "need a response", identity.ReadMoney, func() (int, error) {
		found, err := d.Processor.Disputes(ctx, in, payment.DisputeNeedsResponse, few)
		return len(found.Items), err
	})
	add("breaks", "open", identity.ReadLedger, func() (int, error) {
		found, err := d.Processor.Breaks(ctx, processor.BreakQuery{Status: settlement.BreakOpen}, few)
		return len(found.Items), err
	})
	add("letters", "waiting", identity.ReadSimulator, func() (int, error) {
		_, n, err := d.Processor.Letters(ctx, 1)
		return n, err
	})
	add("webhooks", "endpoints that fail", identity.ReadWebhooks, func() (int, error) { return d.failing(ctx, in) })
	add("holds", "on", identity.ReadPayments, func() (int, error) { return len(d.Processor.Holds(in)), nil })
	add("faults", "in force", identity.ReadSimulator, func() (int, error) { return len(d.faultNotes(r)), nil })
	return list
}

func number99(n int) string {
	if n > maxBadge {
		return strconv.Itoa(maxBadge) + "+"
	}
	return strconv.Itoa(n)
}

// failing counts endpoints whose latest delivery that was tried did not arrive.
func (d *Dashboard) failing(ctx context.Context, in processor.Reach) (n int, err error) {
	all, err := d.Processor.Endpoints(ctx, in)
	if err != nil {
		return 0, err
	}
	for _, e := range all[:min(len(all), maxBadge+1)] {
		words, err := d.health(ctx, e)
		if err != nil {
			return n, err
		}
		if words != "" {
			n++
		}
	}
	return n, nil
}

// latest is how many of an endpoint's deliveries tell its health.
const latest = 20

// health says how an endpoint fails, "" where it does not.
func (d *Dashboard) health(ctx context.Context, e webhook.Endpoint) (string, error) {
	found, err := d.Processor.Deliveries(ctx, e, "", processor.Window{Limit: latest})
	if err != nil {
		return "", err
	}
	return failure(found.Items), nil
}

// failure words how the latest deliveries failed, newest first: "" where the last one that was tried arrived.
func failure(list []webhook.Delivery) string {
	failed, tried := 0, 0
	for _, del := range list {
		switch {
		case del.Status == webhook.DeliveryDelivered:
			if tried++; failed == 0 {
				return ""
			}
		case del.Status == webhook.DeliveryExhausted || del.Tries > 0:
			tried, failed = tried+1, failed+1
		}
	}
	if failed == 0 {
		return ""
	}
	return "Fails: " + strconv.Itoa(failed) + " of the last " + strconv.Itoa(tried)
}
