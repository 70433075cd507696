//go:build !race

package e2e_test

// inADay is how many payments a day has.
const inADay = 1000
