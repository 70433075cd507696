//go:build !linux

package engine

import "syscall"

// signalOrphan does nothing: only Linux can tie a process to its parent's life. Elsewhere a server
// may outlive a program that is killed; Stop and Main still end it.
func signalOrphan(*syscall.SysProcAttr, syscall.Signal) {}
