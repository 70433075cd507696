package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestLongest_TenAtMostTheLongestFirst(t *testing.T) {
	t.Parallel()
	var all []timing
	for i := range 20 {
		all = append(all, timing{"sample", fmt.Sprintf("Test%d", i), float64(i)})
	}
	var out strings.Builder
	showLongest(&out, all)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 1+longestShown || !strings.HasSuffix(lines[1], "19.0s  sample Test19") || !strings.HasSuffix(lines[10], "10.0s  sample Test10") {
		t.Errorf("twenty tests of 0 to 19 seconds are listed as\n%s", out.String())
	}
	out.Reset()
	if showLongest(&out, all[:5]); out.Len() > 0 {
		t.Errorf("tests of less than %v seconds are listed:\n%s", longestFrom, out.String())
	}
}
