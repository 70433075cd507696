// Package scenario is the language in which somebody writes down what is to happen to payments, and
// what has to come of it: a file of steps, from the merchant's first request to the payout.
//
//	file ─ Read ─▶ []Scenario, one for each combination of its matrix ─ runner ─▶ Result
//	         └──▶ Mistakes, each with file, line, column and the nearest right word
//
// It knows the words and their rules. It does nothing by itself: package scenario/runner carries
// scenarios out over the public interface of a Sandbank, and package scenario/report writes results.
package scenario
