package engine

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// releaseMemory gives back the System V shared memory of a killed server that will not be started
// again. The segment is tiny, but the system has a limited number of them and nobody else would
// ever return it.
func (p *Postgres) releaseMemory() {
	if id, ok := sharedMemoryID(p.room.join("data/postmaster.pid")); ok {
		_, _ = unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	}
}

// sharedMemoryID reads the segment's id from the lock file, whose seventh line is "key id". A
// server that ended by itself has removed the file, and the segment with it.
func sharedMemoryID(lockFile string) (int, bool) {
	content, err := os.ReadFile(lockFile)
	if err != nil {
		return 0, false
	}
	const line = 6
	lines := strings.Split(string(content), "\n")
	if len(lines) <= line {
		return 0, false
	}
	fields := strings.Fields(lines[line])
	if len(fields) != 2 {
		return 0, false
	}
	id, err := strconv.Atoi(fields[1])
	return id, err == nil
}
