package shop

import (
	"context"
	"slices"
	"sync"
	"time"
)

// bankList remembers the banks for a while, so that the shop window does not
// wait for the processor, nor need it.
type bankList struct {
	mu    sync.Mutex
	until time.Time
	list  []BankOption
}

const (
	banksLife    = 10 * time.Second
	banksTimeout = 700 * time.Millisecond
)

// bankOptions are the banks that can be named now; none if that is not known.
func (s *Shop) bankOptions(ctx context.Context) []BankOption {
	b := &s.banks
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Now().Before(b.until) {
		return b.list
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), banksTimeout)
	defer cancel()
	all, err := s.Client.Banks(ctx)
	b.list, b.until = nil, time.Now().Add(banksLife)
	if err != nil {
		b.until = time.Now().Add(banksLife / 10)
		return nil
	}
	for _, bank := range all {
		if bank.Online && slices.Contains(bank.Currencies, string(currency)) {
			b.list = append(b.list, BankOption{Identifier: bank.Identifier, Name: bank.Name, Note: bank.Behavior})
		}
	}
	return b.list
}
