package postgres

import (
	"bytes"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
)

// Lists of texts are written as the driver would write them.
func TestTextArray_WritesWhatTheDriverWrites(t *testing.T) {
	types := pgtype.NewMap()
	known, _ := types.TypeForOID(pgtype.TextArrayOID)
	ours := textArray{known.Codec.(*pgtype.ArrayCodec)}
	for _, list := range [][]string{nil, {}, {""}, {"a", "", "ü\u2028", "0123456789"}} {
		want, err := types.Encode(pgtype.TextArrayOID, pgtype.BinaryFormatCode, list, []byte("before"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ours.PlanEncode(types, pgtype.TextArrayOID, pgtype.BinaryFormatCode, list).Encode(list, []byte("before"))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q becomes %q, %v; the driver writes %q", list, got, err, want)
		}
	}
}
