package postgres

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// textArray writes lists of texts, in which most of a commit travels. The driver's own way through an interface for
// each element cost 3 % of a payment's processor time.
type textArray struct {
	*pgtype.ArrayCodec
	encode *encodeTexts
}

// withTexts is for new connections.
func withTexts(_ context.Context, conn *pgx.Conn) error {
	types := conn.TypeMap()
	known, ok := types.TypeForOID(pgtype.TextArrayOID)
	if !ok {
		return errors.New("postgres: the driver does not know text[]")
	}
	codec, ok := known.Codec.(*pgtype.ArrayCodec)
	if !ok {
		return errors.New("postgres: the driver has another codec for text[]")
	}
	types.RegisterType(&pgtype.Type{Name: known.Name, OID: known.OID, Codec: textArray{codec, &encodeTexts{}}})
	return nil
}

// PlanEncode implements [pgtype.Codec].
func (c textArray) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, texts := value.([]string); texts && format == pgtype.BinaryFormatCode {
		return c.encode
	}
	return c.ArrayCodec.PlanEncode(m, oid, format, value)
}

// encodeTexts is the way of one connection, which encodes the parameters of one query at a time and has copied them
// before the next. The driver drops its buffer after each query, and to let another grow with each list was a quarter of
// all memory that a payment allocated. So one stays here.
type encodeTexts struct{ room []byte }

// maxRoom is the size, in bytes, beyond which a buffer is not kept.
const maxRoom = 1 << 20

// Encode implements [pgtype.EncodePlan]: array_recv of the server reads it.
func (e *encodeTexts) Encode(value any, buf []byte) ([]byte, error) {
	list := value.([]string)
	if list == nil {
		return nil, nil // NULL
	}
	size := headWords * wordSize
	for _, s := range list {
		size += wordSize + len(s)
	}
	buf = e.roomFor(buf, size)
	const dimensions, nulls, first = 1, 0, 1 // nulls: no element is; first: its index
	buf = appendWords(buf, dimensions, nulls, pgtype.TextOID, len(list), first)
	for _, s := range list {
		buf = append(appendWords(buf, len(s)), s...)
	}
	return buf, nil
}

const headWords, wordSize = 5, 4

// roomFor returns the parameters so far in a buffer that has room for more bytes. Where they move into the buffer that
// stays, they are what they were: earlier parameters of the query, which lie in it already, do not change.
func (e *encodeTexts) roomFor(buf []byte, more int) []byte {
	need := len(buf) + more
	if cap(buf) >= need {
		return buf
	}
	if cap(e.room) < need {
		room := make([]byte, 0, max(need, 2*cap(e.room)))
		if need <= maxRoom {
			e.room = room
		}
		return append(room, buf...)
	}
	return append(e.room[:0], buf...)
}

func appendWords(buf []byte, words ...int) []byte {
	for _, n := range words {
		buf = binary.BigEndian.AppendUint32(buf, uint32(n)) //nolint:gosec // counts of what is in memory
	}
	return buf
}
