package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// endTimeout bounds the wait for processes that were killed, or asked to end, to be gone. It is generous because a busy
// machine may be writing out a large core of memory; in practice it takes milliseconds.
const endTimeout = 5 * time.Minute

// A process is one running server program, and everything it starts in turn.
type process struct {
	cmd *exec.Cmd
	log string
	// done is closed at the end of the process; cmd.ProcessState may be read from then on.
	done chan struct{}
}

// startProcess runs cmd with its output appended to the log file. When this program dies, by
// any cause, the kernel sends the process the signal orphaned (on Linux).
func startProcess(cmd *exec.Cmd, log string, orphaned syscall.Signal) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	// A group of its own keeps a Ctrl-C at the terminal from reaching the server before the
	// program has had its say.
	cmd.SysProcAttr.Setpgid = true
	signalOrphan(cmd.SysProcAttr, orphaned)

	p := &process{cmd: cmd, log: log, done: make(chan struct{})}
	started := make(chan error, 1)
	go p.live(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("engine: starting %s: %w", cmd.Path, err)
	}
	return p, nil
}

// live starts the process and waits for its end on one operating system thread: the kernel takes
// the end of the thread that started a process for the end of its parent.
func (p *process) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait() // how it ended is in ProcessState
	close(p.done)
}

// pid returns the process id.
func (p *process) pid() int { return p.cmd.Process.Pid }

// ended reports whether the process has exited.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// kill ends the process and all its descendants at once, as a power cut would, and returns when
// none is left. Killing an ended process is fine.
func (p *process) kill() error {
	if p.ended() {
		return nil
	}
	// Stopped, it can start no further child while the tree is being read. Its children may lead
	// sessions of their own, so that signalling the process group would not reach them.
	_ = p.cmd.Process.Signal(syscall.SIGSTOP)
	tree := descendants(p.pid())
	_ = p.cmd.Process.Kill()
	<-p.done
	for _, d := range tree {
		_ = syscall.Kill(d.pid, syscall.SIGKILL)
	}
	return awaitEnd(tree)
}

// shutdown asks the process to end and waits for it and its descendants. If ctx ends first, the
// process is killed and the context's error returned.
func (p *process) shutdown(ctx context.Context, signal syscall.Signal) error {
	if p.ended() {
		return nil
	}
	tree := descendants(p.pid())
	_ = p.cmd.Process.Signal(signal)
	select {
	case <-p.done:
		return awaitEnd(tree)
	case <-ctx.Done():
		if err := p.kill(); err != nil {
			return err
		}
		return fmt.Errorf("engine: %s did not shut down and was killed: %w", p.cmd.Path, ctx.Err())
	}
}

// logLines is how much of a log a failure shows: Erlang tells the cause first, and then at length.
const logLines = 120

// failure describes why a server did not come up, with the end of its log.
func (p *process) failure(cause error) error {
	if p.ended() {
		cause = fmt.Errorf("it ended with %s", p.cmd.ProcessState)
	}
	return fmt.Errorf("engine: %s did not come up: %w\n%s", p.cmd.Path, cause, tail(p.log, logLines))
}

// tail returns the last lines of a file, for an error message.
func tail(path string, lines int) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	all := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
