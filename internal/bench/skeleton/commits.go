package skeleton

// most is how many values one commit takes along.
const most = 256

// commits carries values of one kind to commits: those that arrive while one is under way go together with the next.
type commits[T any] struct{ waiting chan waiter[T] }

type waiter[T any] struct {
	value T
	told  chan<- error // nil where nobody waits
}

// together has a number of writers, each of which writes one batch at a time.
func together[T any](writers int, write func([]T) error) *commits[T] {
	c := &commits[T]{waiting: make(chan waiter[T], 4*most)}
	for range writers {
		go func() {
			for first := range c.waiting {
				batch := c.with(first)
				values := make([]T, len(batch))
				for i, w := range batch {
					values[i] = w.value
				}
				err := write(values)
				for _, w := range batch {
					if w.told != nil {
						w.told <- err
					}
				}
			}
		}()
	}
	return c
}

// with adds to the first value those that wait.
func (c *commits[T]) with(first waiter[T]) []waiter[T] {
	batch := []waiter[T]{first}
	for len(batch) < most {
		select {
		case w := <-c.waiting:
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

// add has a value written at some time.
func (c *commits[T]) add(v T) { c.waiting <- waiter[T]{value: v} }

// do returns when the value is written.
func (c *commits[T]) do(v T) error {
	told := make(chan error, 1)
	c.waiting <- waiter[T]{v, told}
	return <-told
}
