//go:build race

package node

// openPayments is how many payments the month begins with.
const openPayments = 100

// matrixShare is the share of the matrix's cells that one run walks: one in so many. The race detector
// makes the matrix six times as dear. Each day walks others, so that four days walk all of them.
const matrixShare = 4
