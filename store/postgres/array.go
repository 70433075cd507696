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
type textArray struct{ *pgtype.ArrayCodec }

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
	types.RegisterType(&pgtype.Type{Name: known.Name, OID: known.OID, Codec: textArray{codec}})
	return nil
}

// PlanEncode implements [pgtype.Codec].
func (c textArray) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, texts := value.([]string); texts && format == pgtype.BinaryFormatCode {
		return encodeTexts{}
	}
	return c.ArrayCodec.PlanEncode(m, oid, format, value)
}

type encodeTexts struct{}

// Encode implements [pgtype.EncodePlan]: array_recv of the server reads it.
func (encodeTexts) Encode(value any, buf []byte) ([]byte, error) {
	list := value.([]string)
	if list == nil {
		return nil, nil // NULL
	}
	const dimensions, nulls, first = 1, 0, 1 // nulls: no element is; first: its index
	buf = appendWords(buf, dimensions, nulls, pgtype.TextOID, len(list), first)
	for _, s := range list {
		buf = append(appendWords(buf, len(s)), s...)
	}
	return buf, nil
}

func appendWords(buf []byte, words ...int) []byte {
	for _, n := range words {
		buf = binary.BigEndian.AppendUint32(buf, uint32(n)) //nolint:gosec // counts of what is in memory
	}
	return buf
}
