package dashboard

import "time"

// HoldsView is what is held on its way on purpose.
type HoldsView struct {
	Frame
	Holds []HoldRow
	Held  []HeldRow
	Step  *HoldButton // nil for viewers who may not, and where nothing is held
	Form  *HoldForm   // nil for viewers who may not
	Wrong string      // about what was sent
}

// HoldRow is one hold in force.
type HoldRow struct {
	ID, Says           string
	Since, Until       time.Time // in simulated time
	GivesUp            time.Time // by the computer's clock
	Held, Taken, Times int
	End                *HoldButton // nil for viewers who may not
}

// HeldRow is one thing that is held.
type HeldRow struct {
	ID, Hop, Says, Payload string
	Payment, PaymentURL    string // empty for a webhook about no payment
	Merchant               string
	Since                  time.Time
	Copy                   bool
	May                    bool // whether the viewer may move it
	Back                   string
	Outcomes, Reasons      []Option // of a request that can be answered
}

// HoldButton does something about holds, and leads back.
type HoldButton struct{ Label, URL, Back string }

// HoldForm begins a hold. What was sent and refused stands in it.
type HoldForm struct {
	Hops                        []HopChoice
	Payment, For, Within, Times string
}

// HopChoice is a hop that may be chosen.
type HopChoice struct {
	Value, Label string
	Chosen       bool
}

// HoldNote is a hold as the banner on every page tells it.
type HoldNote struct {
	Says    string
	Held    int
	Until   time.Time
	GivesUp time.Time
}

// PaymentHold is what can be held of one payment, and what is.
type PaymentHold struct {
	Held  []HeldRow
	Step  *HoldButton
	Begin *HoldButton // holds the payment at every hop; nil where it is held already
	End   *HoldButton // ends the payment's own hold
	Back  string      // where the payment can be run again from its beginning
}
