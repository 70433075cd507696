package e2e_test

import (
	"testing"

	"sandbank/payment"
)

// Processor, bank and broker are killed in turn, with kill -9, while 2,000
// payments run over two processors: none is lost, none is booked twice, and
// everything holds.
func TestKillNine_NothingIsLostOrBookedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	patience := []string{"--bank-timeout", "10m"} // longer than a killed server takes to come back on a busy machine
	one, first := w.processor(patience...)
	w.awaitUp(first)
	_, second := w.processor(patience...)
	bank := w.bank("SANDNL2A")
	w.awaitReady(first)
	w.awaitReady(second)

	report := w.load(2000, map[int]func(){
		300: func() { one.kill(); one.start() },
		800: func() { bank.kill(); bank.start() },
		1300: func() {
			if err := w.rabbit.Kill(); err != nil {
				t.Error(err)
			}
			if err := w.rabbit.Restart(t.Context()); err != nil {
				t.Error(err)
			}
		},
	}, first, second)

	w.nothingLost(report)
	found := w.settled()
	if n := found.ByStatus[payment.Captured]; n != found.Entries || n < 2000 {
		t.Errorf("%d captured, %d entries: %v", n, found.Entries, found.ByStatus)
	}
}
