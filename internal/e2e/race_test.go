//go:build race

package e2e_test

// inADay is how many payments a day has: with the race detector, beside all other tests, fewer of
// each kind.
const inADay = 500
