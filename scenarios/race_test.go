//go:build race

package scenarios_test

// runs is how often each scenario is run. The race detector makes a run many times as dear; make test runs
// them again without it.
const runs = 1
