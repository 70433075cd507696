// Package floors keeps the house in order: it holds the table of the project's packages, floor by
// floor, and a test that no package reaches up or sideways. See ARCHITECTURE.md for the reasons.
//
// A new package is put into the table in table_test.go, on the lowest floor that carries it.
package floors
