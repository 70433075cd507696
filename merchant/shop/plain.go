package shop

import (
	"encoding/json"
	"net/http"

	"sandbank/web/gate"
)

// asksForJSON reports whether a program asks, and not a browser: it takes JSON rather than HTML.
func asksForJSON(r *http.Request) bool {
	return gate.Prefers(r, "text/html", "application/json") == "application/json"
}

// plainOrder is an order for programs.
type plainOrder struct {
	Number    string `json:"number"`
	Payment   string `json:"payment,omitempty"`
	State     State  `json:"state"`
	Shipments int    `json:"shipments"`
}

// stateDisputed stands for a paid order whose money is claimed back, or gone: nothing of it is to be
// shipped. Pages show the dispute beside the state.
const stateDisputed State = "disputed"

func (o *order) writeJSON(w http.ResponseWriter) error {
	p := plainOrder{Number: o.number, Payment: o.payment, State: o.state, Shipments: o.packed}
	if d := o.funds.dispute; o.state == StatePaid && d.ID != "" && d.Status != "won" {
		p.State = stateDisputed
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(p)
}
