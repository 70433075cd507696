package browsertest

import (
	"encoding/json"
	"testing"
)

// TestDashboard_HoldsAndSteps holds a payment on its page, and steps it from hop to hop.
func TestDashboard_HoldsAndSteps(t *testing.T) {
	t.Parallel()
	h := ownHouse(t)
	b := open(t)
	p := h.pay(t)
	b.visit(h.Base() + "/payments/" + p.ID)
	b.press("Hold it at every hop")
	b.await(`//section[contains(@class, "hold-bar")]`)
	if _, err := h.Simulate(t.Context(), p.ID, json.RawMessage(`{"customer": [{"action": "pay"}]}`)); err != nil {
		t.Fatal(err)
	}
	for i, hop := range []string{"request", "result", "booking", "webhook"} {
		b.await(`//li[contains(@class, "held")][.//*[contains(@class, "pill")][contains(., "` + hop + `")]]`)
		if i == 0 {
			b.inspect("dashboard-held")
			b.visit(h.Base() + "/holds")
			b.await(`//h2[.="Held now"]`)
			b.inspect("dashboard-holds")
			b.visit(h.Base() + "/payments/" + p.ID)
		}
		b.press("Step: let the next one go on")
	}
	b.awaitHeading("Captured")
	b.press("Let it go on")
	b.await(`//button[.="Hold it at every hop"]`)
}
