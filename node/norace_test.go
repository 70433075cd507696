//go:build !race

package node

// openPayments is how many payments the month begins with.
const openPayments = 1000

// matrixShare is the share of the matrix's cells that one run walks: one in so many, here all.
const matrixShare = 1
