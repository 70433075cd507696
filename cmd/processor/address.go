package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"sandbank/identity"
	"sandbank/processor/routing"
)

// address makes the absolute URLs that resources carry.
type address struct {
	base   string
	tokens identity.Checkout
	banks  *routing.Directory
}

func (a address) Payment(id string) string   { return a.base + "/v1/payments/" + id }
func (a address) Payout(id string) string    { return a.base + "/v1/payouts/" + id }
func (a address) Checkout(id string) string  { return a.base + "/pay/" + a.tokens.Token(id) }
func (a address) BankName(bic string) string { return a.banks.Name(bic) }

// listen takes an address, with an error that says what to do.
func listen(flag, addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s %s: the port is taken; end the other program or choose another port (port 0 takes a free one)", flag, addr)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", flag, addr, err)
	}
	return l, nil
}

// listenNear takes the port or one of the next nineteen on the same host; with
// port 0 any free one.
func listenNear(host string, port int) (net.Listener, error) {
	var last error
	for try := range 20 {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port+min(try, port*try))))
		if err == nil {
			return l, nil
		}
		last = err
	}
	return nil, fmt.Errorf("no free port from %d to %d: %w", port, port+19, last)
}

func portOf(a net.Addr) uint16 {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Port()
	}
	return 0
}
