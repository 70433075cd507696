// Package run has scenarios carried out for people who look on: a few at a time, each within a bound of the
// computer's time, and it keeps what came of the newest.
//
//	Begin ─▶ waits for its turn ─▶ Player, one scenario after the other ─▶ lines, results ─▶ Find, Changed
//
// It knows nothing of Sandbanks: the [Player] brings the one on which a scenario is played.
package run
