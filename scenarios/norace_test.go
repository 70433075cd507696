//go:build !race

package scenarios_test

// runs is how often each scenario is run.
const runs = 3
