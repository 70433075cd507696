// Package monitortest holds the folder monitoring to its own linters, and to what running programs really tell a
// monitor.
package monitortest
