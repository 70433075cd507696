package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"sandbank/sim/outage"
	"sandbank/store/sqlite"
)

// An image has what the database has, but for the documents that are left out, and is whole wherever it is opened.
func TestImage_HasEverythingButWhatIsLeftOut(t *testing.T) {
	for name, folder := range map[string]string{"in memory": "", "in a folder": t.TempDir()} {
		s, err := sqlite.Open(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		for _, doc := range []string{"kept", "secret"} {
			if _, err := s.Secret(t.Context(), doc, func() ([]byte, error) { return []byte("it is " + doc), nil }); err != nil {
				t.Fatal(err)
			}
		}
		image, err := s.Image(t.Context(), "secret")
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(image, []byte("it is secret")) || !bytes.Contains(image, []byte("it is kept")) {
			t.Errorf("%s: the image has what was left out, or lacks what was not", name)
		}
		if err := sqlite.CheckImage(t.Context(), image); err != nil {
			t.Errorf("%s: the image is refused: %v", name, err)
		}
		again, err := sqlite.OpenImage(t.Context(), image, outage.Seam{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = again.Close() }()
		none := func() ([]byte, error) { return []byte("new"), nil }
		if doc, err := again.Secret(t.Context(), "kept", none); err != nil || string(doc) != "it is kept" {
			t.Errorf("%s: brought back, the document is %q, %v", name, doc, err)
		}
		if err := os.WriteFile(filepath.Join(t.TempDir(), sqlite.FileName), image, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever is not ours is refused, before anything in it can run.
func TestCheckImage_RefusesWhatIsNotOurs(t *testing.T) {
	s, err := sqlite.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	good, err := s.Image(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlite.CheckImage(t.Context(), good); err != nil {
		t.Fatalf("a good image is refused: %v", err)
	}
	for name, image := range map[string][]byte{
		"nothing": nil, "a text": []byte("SQLite format 2"), "a header alone": good[:100], "a half": good[:len(good)/2],
		"a trigger of somebody's": altered(t, good, `CREATE TRIGGER theirs AFTER INSERT ON secrets BEGIN DELETE FROM payments; END`),
		"a table more":            altered(t, good, `CREATE TABLE theirs (a)`),
		"a trigger less":          altered(t, good, `DROP TABLE letters`),
	} {
		if err := sqlite.CheckImage(t.Context(), image); !errors.Is(err, sqlite.ErrImage) {
			t.Errorf("%s: want it refused, got %v", name, err)
		}
	}
}

// altered is an image after a statement.
func altered(t *testing.T, image []byte, statement string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "other.db")
	if err := os.WriteFile(file, image, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
