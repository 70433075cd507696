package bank

import (
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"sandbank/bank/book"
)

// Memory is the journal of a bank that ends with its process: only a snapshot reads it. It is packed, since it
// is rarely read, and bounded, since the process may run for weeks. Past its bound it keeps nothing more, and
// has nothing to tell. The zero value is an empty journal. It is safe for concurrent use.
type Memory struct {
	mu     sync.Mutex
	packed bytes.Buffer  // whole blocks, one stream of deflate after the other
	open   []book.Record // that make the next block
	full   bool
}

const (
	memoryBlock = 512      // records that are packed together
	memoryBound = 16 << 20 // bytes of packed records
)

// packers are used again: each has tables that are larger than what it packs.
var packers = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // the level is a valid one
	return w
}}

// ErrForgotten is the error for a journal that went past its bound.
var ErrForgotten = errors.New("the bank's journal in memory is full")

// Append implements [Journal].
func (m *Memory) Append(_ context.Context, records []book.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full {
		return nil
	}
	if m.open = append(m.open, records...); len(m.open) < memoryBlock {
		return nil
	}
	packer := packers.Get().(*flate.Writer)
	defer packers.Put(packer)
	packer.Reset(&m.packed)
	encoder := json.NewEncoder(packer)
	for _, r := range m.open {
		if err := encoder.Encode(r); err != nil {
			return err
		}
	}
	if err := packer.Close(); err != nil {
		return err
	}
	m.open = nil
	if m.full = m.packed.Len() > memoryBound; m.full {
		m.packed = bytes.Buffer{}
	}
	return nil
}

// Replay implements [Journal].
func (m *Memory) Replay(ctx context.Context, each func(book.Record) error) error {
	m.mu.Lock()
	packed, open, full := bytes.Clone(m.packed.Bytes()), append([]book.Record(nil), m.open...), m.full
	m.mu.Unlock()
	if full {
		return ErrForgotten
	}
	for blocks := bufio.NewReader(bytes.NewReader(packed)); ; {
		if _, err := blocks.Peek(1); errors.Is(err, io.EOF) {
			break
		}
		decoder := json.NewDecoder(flate.NewReader(blocks)) // which reads no further than its block
		for {
			var r book.Record
			err := decoder.Decode(&r)
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				err = each(r)
			}
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
		}
	}
	for _, r := range open {
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}
