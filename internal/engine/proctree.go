package engine

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// A relative is a process told apart from a later one with the same id by its start time.
type relative struct {
	pid, parent int
	started     string
	zombie      bool
}

// descendants lists the processes below pid, from /proc.
func descendants(pid int) []relative {
	children := make(map[int][]relative)
	for _, r := range processes() {
		children[r.parent] = append(children[r.parent], r)
	}
	var tree []relative
	queue := children[pid]
	for len(queue) > 0 {
		r := queue[0]
		tree = append(tree, r)
		queue = append(queue[1:], children[r.pid]...)
	}
	return tree
}

func processes() []relative {
	entries, _ := os.ReadDir("/proc")
	var all []relative
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if r, ok := readRelative(pid); ok {
				all = append(all, r)
			}
		}
	}
	return all
}

// readRelative reads /proc/<pid>/stat. The fields are counted from the last parenthesis, since a
// process may put spaces and parentheses into its own name.
func readRelative(pid int) (relative, bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return relative{}, false
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const state, parent, started = 0, 1, 19
	if len(fields) <= started {
		return relative{}, false
	}
	parentID, err := strconv.Atoi(string(fields[parent]))
	if err != nil {
		return relative{}, false
	}
	return relative{
		pid: pid, parent: parentID, started: string(fields[started]),
		zombie: string(fields[state]) == "Z",
	}, true
}

// alive reports whether the very process is still running. A zombie is not: it only waits for
// its adoptive parent, which in a container may never look.
func (r relative) alive() bool {
	now, ok := readRelative(r.pid)
	return ok && now.started == r.started && !now.zombie
}

// awaitEnd waits until none of the processes is running.
func awaitEnd(tree []relative) error {
	deadline := time.Now().Add(endTimeout)
	for _, r := range tree {
		for r.alive() {
			if time.Now().After(deadline) {
				return fmt.Errorf("engine: process %d is still running %v after the end of its parent", r.pid, endTimeout)
			}
			time.Sleep(2 * time.Millisecond)
		}
	}
	return nil
}
