package node

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"sandbank/chance"
	"sandbank/fault"
	"sandbank/store/sqlite"
)

// FuzzReadSnapshot reads what is called a snapshot, whole or file by file: what is refused is refused in words of our own, and
// whatever is read has a database of this version.
func FuzzReadSnapshot(f *testing.F) {
	s, err := sqlite.Open(f.Context(), "")
	if err != nil {
		f.Fatal(err)
	}
	image, err := s.Image(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	_ = s.Close()
	luck := chance.State{Seed: 7}
	var whole bytes.Buffer
	if err := (snapshot{manifest: manifest{Format: snapshotFormat, Luck: &luck}, database: image}).write(&whole); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes(), []byte{}, []byte{})
	f.Add([]byte{}, []byte(`{"format": 1, "luck": {"counts": null}}`), []byte(`{"bank": "SANDNL2A", "kind": "decided"}`))
	f.Fuzz(func(t *testing.T, packed, about, banks []byte) {
		if len(about)+len(banks) > 0 {
			packed = zipped(t, map[string][]byte{manifestFile: about, databaseFile: image, banksFile: banks})
		}
		s, err := readSnapshot(t.Context(), packed)
		if e := fault.From(err); err != nil && (fault.Code(err) != "snapshot_invalid" || e.Message == "" || e.Hint == "") {
			t.Fatalf("want it refused as a snapshot, with a hint, got %+v", e)
		}
		if err == nil && sqlite.CheckImage(t.Context(), s.database) != nil {
			t.Fatal("the database of another version passes")
		}
	})
}

// zipped is files in an archive.
func zipped(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for name, body := range files {
		f, err := z.Create(name)
		if err == nil {
			_, err = io.Copy(f, bytes.NewReader(body))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}
