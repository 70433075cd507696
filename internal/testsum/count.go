package main

import (
	"fmt"
	"strings"
)

// A count says how many tests ended how.
type count struct{ passed, failed, skipped int }

// String is the closing line.
func (c count) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.passed, c.failed, c.skipped)
}

func (c *count) add(d count) {
	c.passed += d.passed
	c.failed += d.failed
	c.skipped += d.skipped
}

// count counts a package's tests. A test that only groups subtests is not counted beside them,
// unless it failed by itself, or was never finished.
func (p *pkg) count() count {
	children := make(map[string]int)
	bad := make(map[string]bool)
	for name, t := range p.tests {
		if i := strings.LastIndexByte(name, '/'); i >= 0 {
			children[name[:i]]++
			if t.result == "fail" || t.result == "" {
				bad[name[:i]] = true
			}
		}
	}
	var c count
	for name, t := range p.tests {
		switch {
		case t.result == "fail" || t.result == "":
			if !bad[name] {
				c.failed++
			}
		case children[name] > 0:
		case t.result == "skip":
			c.skipped++
		default:
			c.passed++
		}
	}
	return c
}
