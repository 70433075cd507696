package storetest

import (
	"context"
	"errors"
	"sync"
)

func secretOnce(s *suite) {
	made := 0
	for range 2 {
		got, err := s.store.Secret(s.ctx, "k", func() ([]byte, error) { made++; return []byte{0, 1, 2}, nil })
		s.ok(err)
		if string(got) != "\x00\x01\x02" {
			s.Errorf("got %v", got)
		}
	}
	if made != 1 {
		s.Errorf("made %d times", made)
	}
}

func changeSecret(s *suite) {
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			_, err := s.store.ChangeSecret(s.ctx, "list", func(b []byte) ([]byte, error) { return append(b, 'x'), nil })
			s.fine(err)
		})
	}
	wait.Wait()
	if _, err := s.store.ChangeSecret(s.ctx, "list", func([]byte) ([]byte, error) { return nil, errRefused }); !errors.Is(err, errRefused) {
		s.Errorf("a refused change: %v", err)
	}
	got, err := s.store.ChangeSecret(s.ctx, "list", func(b []byte) ([]byte, error) { return b, nil })
	if s.ok(err); string(got) != "xxxxxxxxxxxxxxxxxxxx" {
		s.Errorf("20 changes made %q", got)
	}
}

// ping overwrites its last bytes, more or fewer of them, and touches nothing else.
func ping(s *suite) {
	key, err := s.store.Secret(s.ctx, "checkout", func() ([]byte, error) { return []byte("key"), nil })
	s.ok(err)
	for _, bytes := range []int{16, 256 << 10, 16} {
		s.ok(s.store.Ping(s.ctx, bytes))
	}
	again, err := s.store.Secret(s.ctx, "checkout", nil)
	s.ok(err)
	if string(again) != string(key) {
		s.Errorf("the secret was %q and is %q", key, again)
	}
	gone, cancel := context.WithCancel(s.ctx)
	cancel()
	if err := s.store.Ping(gone, 16); err == nil {
		s.Error("a ping without time to write was answered")
	}
}
