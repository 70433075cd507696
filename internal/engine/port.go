package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"testing"
)

// Ports are taken from below Linux's ephemeral range (32768 and up). Within that range an
// outgoing connection could be given a killed server's port, and a client that keeps dialling a
// dead loopback port can even connect to itself; both would break Restart.
const (
	firstPort = 12000
	lastPort  = 32000
)

// FreeAddress returns an address on loopback on which nothing listens: for a
// program that has to know another server's address before that one is started.
// No other program that asks here is given it while this one runs.
func FreeAddress() (string, error) {
	port, err := freePort()
	return address(port), err
}

// Address is [FreeAddress] for a test.
func Address(t testing.TB) string {
	t.Helper()
	addr, err := FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// freePort returns a loopback port on which nothing listens, and reserves it.
func freePort() (int, error) {
	for range 200 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if !reserve(port) {
			continue
		}
		listener, err := net.Listen("tcp", address(port))
		if err != nil {
			continue
		}
		return port, listener.Close()
	}
	return 0, errors.New("engine: no free loopback port")
}

// reserved are this program's ports. What has one may not listen yet, or be away for a restart; test binaries that
// run beside each other would otherwise now and then choose the same.
var reserved struct {
	sync.Mutex
	marks []net.Listener
}

// reserve claims a port until this program ends, by a name that the kernel gives to one program only and takes back
// by itself. Elsewhere than on Linux such names would leave files, and there is no claim.
func reserve(port int) bool {
	if runtime.GOOS != "linux" {
		return true
	}
	mark, err := net.Listen("unix", fmt.Sprintf("@sandbank-port-%d", port))
	if err != nil {
		return false
	}
	reserved.Lock()
	defer reserved.Unlock()
	reserved.marks = append(reserved.marks, mark)
	return true
}

// freePorts returns n free ports.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		var err error
		if ports[i], err = freePort(); err != nil {
			return nil, err
		}
	}
	return ports, nil
}

func address(port int) string {
	return fmt.Sprintf("127.0.0.1:%d", port)
}
