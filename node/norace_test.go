//go:build !race

package node

// openPayments is how many payments the month begins with.
const openPayments = 1000
