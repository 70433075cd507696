package engine

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// tick is the unit in which Linux tells processor time, on every machine that Go runs on.
const tick = 10 * time.Millisecond

// CPU is the processor time that the server has used so far, in all its processes.
func (p *Postgres) CPU() (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return CPU(p.server.pid())
}

// CPU is the processor time that the broker has used so far, in all its processes.
func (r *RabbitMQ) CPU() (time.Duration, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return CPU(r.broker.pid())
}

// CPU is the processor time that a process and its descendants have used so far, also those that
// have ended and whose end their parent has seen. It is read from /proc, so only Linux tells it.
func CPU(pid int) (time.Duration, error) {
	total, err := OwnCPU(pid)
	if err != nil {
		return 0, err
	}
	for _, r := range descendants(pid) {
		if used, err := OwnCPU(r.pid); err == nil { // else it has ended meanwhile, and its parent has its time
			total += used
		}
	}
	return total, nil
}

// OwnCPU is [CPU] without the descendants that still run.
func OwnCPU(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("engine: processor time: %w", err)
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const first, last = 11, 14 // its own time, user and system, and that of its ended children
	var total time.Duration
	for i := first; i <= last && i < len(fields); i++ {
		n, err := strconv.ParseInt(string(fields[i]), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("engine: processor time: %w", err)
		}
		total += time.Duration(n) * tick
	}
	return total, nil
}
