package amqpd

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// smallFrame is the size up to which a payload shares the reader's scratch.
const smallFrame = 4096

// frame is one unit of the protocol. An owned payload belongs to the receiver of
// the frame; any other is overwritten by the next read.
type frame struct {
	kind    byte
	channel uint16
	payload []byte
	owned   bool
}

// frameReader splits a stream into frames of at most max octets.
type frameReader struct {
	r       *bufio.Reader
	max     uint32
	scratch [smallFrame]byte
}

func newFrameReader(r io.Reader, size int, max uint32) *frameReader {
	return &frameReader{r: bufio.NewReaderSize(r, size), max: max}
}

// next reads one frame. It checks the announced size before it allocates, and
// returns a *fault for a violation of the protocol, or the stream's own error.
func (f *frameReader) next() (frame, error) {
	head, err := f.r.Peek(7)
	if err != nil {
		return frame{}, eof(err, len(head))
	}
	fr := frame{kind: head[0], channel: binary.BigEndian.Uint16(head[1:])}
	size := binary.BigEndian.Uint32(head[3:])
	if !validKind(fr.kind) {
		return frame{}, failf(codeFrameError, "unknown frame type %d", fr.kind)
	}
	if size > f.max-frameOverhead {
		return frame{}, failf(codeFrameError, "frame of type %d and size %d is larger than the negotiated maximum %d",
			fr.kind, size, f.max)
	}
	_, _ = f.r.Discard(7) // cannot fail: the octets were just peeked
	fr.payload = f.scratch[:min(size, smallFrame)]
	if size > smallFrame {
		fr.payload, fr.owned = make([]byte, size), true
	}
	if _, err := io.ReadFull(f.r, fr.payload); err != nil {
		return frame{}, eof(err, 1)
	}
	end, err := f.r.ReadByte()
	if err != nil {
		return frame{}, eof(err, 1)
	}
	if end != frameEnd {
		return frame{}, failf(codeFrameError, "frame does not end with %#x but with %#x", frameEnd, end)
	}
	return fr, nil
}

func validKind(k byte) bool {
	return k == frameMethod || k == frameHeader || k == frameBody || k == frameHeartbeat
}

// eof distinguishes a stream that ends between frames from one that ends within.
func eof(err error, got int) error {
	if got > 0 && errors.Is(err, io.EOF) {
		return fmt.Errorf("within a frame: %w", io.ErrUnexpectedEOF)
	}
	return err
}
