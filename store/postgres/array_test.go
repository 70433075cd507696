package postgres

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
)

// Lists of texts are written as the driver would write them.
func TestTextArray_WritesWhatTheDriverWrites(t *testing.T) {
	types := pgtype.NewMap()
	known, _ := types.TypeForOID(pgtype.TextArrayOID)
	ours := textArray{known.Codec.(*pgtype.ArrayCodec), &encodeTexts{}}
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

// The parameters of one query share a buffer; each is what it was when the last one is written, and another query's
// do not reach into them before.
func TestTextArray_KeepsEarlierParameters(t *testing.T) {
	types := pgtype.NewMap()
	known, _ := types.TypeForOID(pgtype.TextArrayOID)
	types.RegisterType(&pgtype.Type{Name: known.Name, OID: known.OID, Codec: textArray{known.Codec.(*pgtype.ArrayCodec), &encodeTexts{}}})
	plain := pgtype.NewMap()
	for query := range 3 {
		long := strings.Repeat("x", 3000*(query+1))
		args := []any{[]string{"a", long}, []int64{1, 2, 3, 4, 5, 6, 7, 8}, []string{long, "b"}, []int64{9}, []string{"c", long, long}}
		var got, want, gotAll, wantAll [][]byte
		for i, m := range []*pgtype.Map{types, plain} {
			var buf []byte
			var list [][]byte
			for _, arg := range args {
				oid, at := uint32(pgtype.TextArrayOID), len(buf)
				if _, numbers := arg.([]int64); numbers {
					oid = pgtype.Int8ArrayOID
				}
				var err error
				if buf, err = m.Encode(oid, pgtype.BinaryFormatCode, arg, buf); err != nil {
					t.Fatal(err)
				}
				list = append(list, buf[at:])
			}
			if i == 0 {
				got, gotAll = list, append(gotAll, buf)
			} else {
				want, wantAll = list, append(wantAll, buf)
			}
		}
		if !slices.EqualFunc(got, want, bytes.Equal) || !slices.EqualFunc(gotAll, wantAll, bytes.Equal) {
			t.Errorf("query %d: the parameters are not what the driver writes", query)
		}
	}
}
