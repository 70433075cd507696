package webhook

import (
	"slices"
	"strconv"
	"time"

	"sandbank/chance"
)

// The retry schedule: 7 tries over a little more than 13 hours. Each wait is
// spread by ±20 % so that a receiver that comes back is not met by all at once.
//
//	try    1   2    3     4      5    6    7
//	after  0   5s   1m    10m    1h   3h   9h
var waits = []time.Duration{5 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 3 * time.Hour, 9 * time.Hour}

// Spread is by how much each wait may differ, as a part of it.
const Spread = 0.2

// Schedule lists the waits: the n-th comes after n failed tries.
func Schedule() []time.Duration { return slices.Clone(waits) }

// MaxTries is how often a delivery is tried in all, by the house's own schedule; see [Endpoint.MaxTries].
var MaxTries = len(waits) + 1

// Wait is how long to wait after the given number of failed tries (from 1),
// and false where there is no other try. luck in [0,1) spreads it.
func Wait(tries int, luck float64) (time.Duration, bool) {
	if tries < 1 || tries > len(waits) {
		return 0, false
	}
	base := waits[tries-1]
	return base + time.Duration((2*luck-1)*Spread*float64(base)), true
}

// Spreader says where in its spread the wait after a delivery's n-th failed try lies, in [0,1). It
// depends on the seed, the delivery and the try alone, so that a run with a seed repeats its retries.
func Spreader(seed uint64) func(delivery string, try int) float64 {
	return func(delivery string, try int) float64 {
		return chance.For(seed, "retry "+strconv.Itoa(try)+" of "+delivery).Float64()
	}
}
