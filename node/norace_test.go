//go:build !race

package node

const (
	// openPayments is how many payments the month begins with.
	openPayments = 1000

	// scripted is how many payments the repeated run has.
	scripted = 200

	// matrixShare is the share of the matrix's cells that one run walks: one in so many, here all.
	matrixShare = 1
)
