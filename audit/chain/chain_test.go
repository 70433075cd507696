package chain

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Anybody who has the lines can compute the hash.
func TestHash_IsDocumented(t *testing.T) {
	sum := sha256.Sum256([]byte(Genesis + "\n1\n" + `{"a":"x"}`))
	type linked struct {
		A string `json:"a"`
	}
	first := Hash("", 1, linked{"x"})
	if first != hex.EncodeToString(sum[:]) {
		t.Errorf("the first hash is %s", first)
	}
	for name, other := range map[string]string{
		"another value": Hash("", 1, linked{"y"}), "another number": Hash("", 2, linked{"x"}), "another one before": Hash(first, 1, linked{"x"}),
	} {
		if other == first {
			t.Errorf("%s hashes the same", name)
		}
	}
}

func TestTend_SealsWhatIsWrittenAndGoesOnAfterFailures(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	written, sealed, ended := make(chan struct{}, 1), make(chan int), make(chan struct{})
	waiting := []int{batch, 7, 0, -1, 3} // results of successive calls; -1 is an error
	failed := 0
	go func() {
		defer close(ended)
		Tend(ctx, written, func(context.Context, int) (int, error) {
			n := 0
			if len(waiting) > 0 {
				n, waiting = waiting[0], waiting[1:]
			}
			sealed <- n
			if n < 0 {
				return 0, errors.New("away")
			}
			return n, nil
		}, func(error) { failed++ })
	}()
	// After a full batch the next check follows at once.
	for i, want := range []int{batch, 7, 0, -1, 3} {
		if i > 1 {
			written <- struct{}{}
		}
		if got := <-sealed; got != want {
			t.Errorf("look %d found %d, want %d", i, got, want)
		}
	}
	cancel()
	<-ended
	if failed != 1 {
		t.Errorf("heard of %d failures", failed)
	}
}
