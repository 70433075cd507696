package engine

import "syscall"

// signalOrphan has the kernel send the signal to the process when the thread that started it ends.
func signalOrphan(attr *syscall.SysProcAttr, signal syscall.Signal) { attr.Pdeathsig = signal }
