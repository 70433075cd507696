package sqlite

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// dictionary is what documents have in common. What was packed with it is unpacked with it for ever:
// it is never edited, and another one gets another number.
//
//go:embed pack/first.txt
var dictionary []byte

const dictionaryNumber = 1

// codec packs documents. It is made once: its tables take half a megabyte.
type codec struct {
	in  *zstd.Encoder
	out *zstd.Decoder
}

var theCodec = sync.OnceValue(func() codec {
	in, err := zstd.NewWriter(nil, zstd.WithEncoderDictRaw(dictionaryNumber, dictionary), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true), zstd.WithWindowSize(zstd.MinWindowSize<<6))
	if err != nil {
		panic("sqlite: " + err.Error()) // constant settings
	}
	out, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(dictionaryNumber, dictionary), zstd.WithDecoderConcurrency(0))
	if err != nil {
		panic("sqlite: " + err.Error())
	}
	return codec{in, out}
})

// pack makes a document smaller. It returns the value that is stored: bytes if it was packed, or the
// text where that is no longer.
func pack(text string) any {
	packed := theCodec().in.EncodeAll([]byte(text), make([]byte, 0, len(text)/2))
	if len(packed) >= len(text) {
		return text
	}
	return packed
}

// unpacked is where a packed document is scanned to.
type unpacked struct{ into *[]byte }

// Scan implements [database/sql.Scanner].
func (u unpacked) Scan(stored any) (err error) {
	switch stored := stored.(type) {
	case string:
		*u.into = []byte(stored)
	case []byte:
		*u.into, err = theCodec().out.DecodeAll(stored, nil)
	default:
		err = fmt.Errorf("sqlite: a document is stored as %T", stored)
	}
	return err
}
