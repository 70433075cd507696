package node

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
func listen(field, addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = errors.New("the port is taken; end the other program or choose another port (port 0 takes a free one)")
	}
	if err != nil {
		return nil, &FieldError{Field: field, Value: addr, Err: err}
	}
	return l, nil
}

// nearby is how many ports are tried, one after the other, where the wanted one is taken.
const nearby = 20

// listenNear takes a port of this machine that is so far from the node's own, or one of the next;
// any free one where the node's own was free to choose.
func (n *life) listenNear(offset int) (net.Listener, error) {
	port := int(portOf(n.listener.Addr())) + offset
	if n.config.HTTP.anyPort() {
		return net.Listen("tcp", "127.0.0.1:0")
	}
	var last error
	for try := range nearby {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port+try)))
		if err == nil {
			return l, nil
		}
		last = err
	}
	return nil, fmt.Errorf("no free port from %d to %d: %w", port, port+nearby-1, last)
}

// listenAgain takes the address of a former life, and a near port where there was none.
func (n *life) listenAgain(before string, offset int) (net.Listener, error) {
	if before != "" {
		return net.Listen("tcp", before)
	}
	return n.listenNear(offset)
}

func portOf(a net.Addr) uint16 {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Port()
	}
	return 0
}
