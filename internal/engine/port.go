package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports are taken from below Linux's ephemeral range (32768 and up). Within that range an
// outgoing connection could be given a killed server's port, and a client that keeps dialling a
// dead loopback port can even connect to itself; both would break Restart.
const (
	firstPort = 12000
	lastPort  = 32000
)

// freePort returns a loopback port on which nothing listens.
func freePort() (int, error) {
	for range 200 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		listener, err := net.Listen("tcp", address(port))
		if err != nil {
			continue
		}
		return port, listener.Close()
	}
	return 0, errors.New("engine: no free loopback port")
}

// freePorts returns n different free ports.
func freePorts(n int) ([]int, error) {
	seen := make(map[int]bool, n)
	ports := make([]int, 0, n)
	for len(ports) < n {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		if !seen[port] {
			seen[port] = true
			ports = append(ports, port)
		}
	}
	return ports, nil
}

func address(port int) string {
	return fmt.Sprintf("127.0.0.1:%d", port)
}
