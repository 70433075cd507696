package sqlite

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A database in memory keeps its rollback journal there as well: SQLite copies each page that a commit changes, whole, into
// chunks of 1 KiB, and frees them all at the commit's end. The driver's allocator gives what is free back to the system, by
// a call for every 64 KiB, and takes it again with a fault for every page: a quarter of the processor time of a payment. The
// chunks of one commit are therefore kept for the next.
const (
	chunkSize = 1024 // of one allocation of the journal, in bytes
	maxChunks = 8192 // that are kept; more than a commit of many payments takes
)

// journal is the kept chunks, of all databases of this program.
var journal = keepChunks()

type chunks struct {
	mu      sync.Mutex
	free    []uintptr
	methods sqlite3.Tsqlite3_mem_methods // of the driver

	driverMalloc func(*libc.TLS, int32) uintptr
	driverFree   func(*libc.TLS, uintptr)
	driverSize   func(*libc.TLS, uintptr) int32
	malloc       func(*libc.TLS, int32) uintptr // what SQLite calls instead
	release      func(*libc.TLS, uintptr)
}

// keepChunks puts itself between SQLite and the driver's allocator, which SQLite allows before it has done anything else. Where it
// does not, chunks are allocated as before.
func keepChunks() *chunks {
	c := &chunks{}
	c.malloc, c.release = c.take, c.give
	tls := libc.NewTLS()
	defer tls.Close()
	va := tls.Alloc(16)
	defer tls.Free(16)
	if sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_GETMALLOC, libc.VaList(va, address(&c.methods))) != sqlite3.SQLITE_OK {
		return c
	}
	c.driverMalloc = *function[func(*libc.TLS, int32) uintptr](&c.methods.FxMalloc)
	c.driverFree = *function[func(*libc.TLS, uintptr)](&c.methods.FxFree)
	c.driverSize = *function[func(*libc.TLS, uintptr) int32](&c.methods.FxSize)
	ours := c.methods
	ours.FxMalloc, ours.FxFree = *(*uintptr)(unsafe.Pointer(&c.malloc)), *(*uintptr)(unsafe.Pointer(&c.release))
	_ = sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_MALLOC, libc.VaList(va, address(&ours))) // it copies them
	return c
}

// address is where a Go value is, for the time of a call.
func address[T any](v *T) uintptr { return uintptr(unsafe.Pointer(v)) }

// function is a function of the driver by its pointer: C's functions are Go's there, and a pointer to one is the value of a func.
func function[F any](pointer *uintptr) *F { return (*F)(unsafe.Pointer(pointer)) }

// take allocates: a kept chunk, where one is wanted.
func (c *chunks) take(tls *libc.TLS, size int32) uintptr {
	if size == chunkSize {
		if p := c.pop(); p != 0 {
			return p
		}
	}
	return c.driverMalloc(tls, size)
}

func (c *chunks) pop() (p uintptr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last := len(c.free) - 1; last >= 0 {
		p, c.free = c.free[last], c.free[:last]
	}
	return p
}

// give frees, or keeps a chunk.
func (c *chunks) give(tls *libc.TLS, p uintptr) {
	if p == 0 || c.driverSize(tls, p) != chunkSize || !c.push(p) {
		c.driverFree(tls, p)
	}
}

func (c *chunks) push(p uintptr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.free) == maxChunks {
		return false
	}
	c.free = append(c.free, p)
	return true
}
