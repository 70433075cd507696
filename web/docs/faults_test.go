package docs

import (
	"encoding/json"
	"testing"

	"sandbank/sim"
)

// Each kind has an example, which the API takes.
func TestFaults_TheExamplesAreTaken(t *testing.T) {
	for _, k := range sim.FaultKinds() {
		var w sim.FaultWish
		if err := json.Unmarshal([]byte(faultExample(k)), &w); err != nil {
			t.Errorf("the example of %s is %q: %v", k, faultExample(k), err)
			continue
		}
		if f, err := w.Check(); err != nil || f.Kind != k {
			t.Errorf("the example of %s is refused, or of another kind: %+v, %v", k, f, err)
		}
	}
}
