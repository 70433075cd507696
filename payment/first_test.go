package payment

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"sandbank/sim"
)

// A payment that was made without a plan keeps that through a store, so that its first answer shows none.
func TestSimulation_TheFirstPlanIsKept(t *testing.T) {
	p, err := Payment{Status: Created}.Simulate(time.Now(), sim.Plan{Bank: &sim.Bank{Refund: &sim.FollowUp{Answer: sim.Answer{Outcome: sim.Declined}}}})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(p.Simulation, json.FormatNilSliceAsNull(true), json.FormatNilMapAsNull(true))
	var kept Simulation
	if err == nil {
		err = json.Unmarshal(body, &kept)
	}
	if err != nil || kept.First == nil || !kept.First.IsZero() {
		t.Errorf("the first plan has to be kept, as nothing; %v, got %+v of %s", err, kept.First, body)
	}
}
