package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// A room is the folder a server lives in. It is held by a lock for as long as the program that
// made it lives, so that a later program can tell an abandoned room from one in use.
type room struct {
	path string
	lock *os.File
}

const roomPrefix = "sandbank-engine-"

// newRoom makes a fresh folder and, in passing, clears those that killed programs left behind.
func newRoom(kind string) (*room, error) {
	sweep()
	path, err := os.MkdirTemp("", roomPrefix+kind+"-")
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	lock, err := lockRoom(path)
	if err != nil {
		return nil, fmt.Errorf("engine: locking %s: %w", path, err)
	}
	return &room{path: path, lock: lock}, nil
}

// lockRoom takes the folder's lock without waiting. The kernel lets go of it when the holder dies.
func lockRoom(path string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, err
	}
	return lock, nil
}

// sweep removes the rooms whose owner died without clearing up. Failures do not matter: the next
// program tries again.
func sweep() {
	paths, _ := filepath.Glob(filepath.Join(os.TempDir(), roomPrefix+"*"))
	for _, path := range paths {
		// A room without a lock file is being made at this moment.
		if _, err := os.Stat(filepath.Join(path, "lock")); err != nil {
			continue
		}
		if lock, err := lockRoom(path); err == nil {
			os.RemoveAll(path)
			lock.Close()
		}
	}
}

// join returns the path of something inside the room.
func (r *room) join(name string) string { return filepath.Join(r.path, name) }

// write puts a file into the room.
func (r *room) write(name, content string, mode os.FileMode) error {
	if err := os.WriteFile(r.join(name), []byte(content), mode); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}

// remove deletes the room and everything in it.
func (r *room) remove() error {
	err := os.RemoveAll(r.path)
	r.lock.Close()
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}
