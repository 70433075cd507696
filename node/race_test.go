//go:build race

package node

const (
	// openPayments is how many payments the month begins with.
	openPayments = 100

	// scripted is how many payments the repeated run has.
	scripted = 60

	// matrixShare is the share of the matrix's cells that one run walks: one in so many. The race detector
	// makes the matrix six times as dear. Each day walks others, so that four days walk all of them.
	matrixShare = 4
)
