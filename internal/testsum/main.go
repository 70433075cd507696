// Command testsum reads the output of `go test -json` and prints its summary: one line for each
// package as it ends, the full log of each failed test, and at the very end a plain line such as
//
//	123 passed, 0 failed, 0 skipped
//
// It exits with status 1 if a test failed, if a package did not build, if a test was skipped
// (it proved nothing), or if no test ran at all (neither did the run).
package main

import (
	"fmt"
	"os"
)

func main() {
	s := newSummary(os.Stdout)
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
	if !s.finish() {
		os.Exit(1)
	}
}
