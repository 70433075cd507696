package engine

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// releaseMemory gives back the System V shared memory of a killed server that will not be started
// again. The segment is tiny, but the system has a limited number of them and nobody else would
// ever return it.
func (p *Postgres) releaseMemory() {
	id, ok := sharedMemoryID(p.room.join("data/postmaster.pid"))
	if !ok {
		return
	}
	_, err := unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	if errors.Is(err, unix.EPERM) && p.owner != nil {
		// Root within a container may not remove what is another user's.
		cmd := exec.Command("ipcrm", "--shmem-id", strconv.Itoa(id))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: p.owner.uid, Gid: p.owner.gid}}
		_ = cmd.Run()
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
