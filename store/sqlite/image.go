package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"sandbank/sim/outage"
)

// ErrImage is the error for what is no image of a database of this version.
var ErrImage = errors.New("it is no database of this version of Sandbank")

// serial is what the driver's connections can do with whole databases.
type serial interface {
	Serialize() ([]byte, error)
	Deserialize(image []byte) error
}

// Image is the whole database as the bytes of a file, without the documents of the given names.
func (s *Store) Image(ctx context.Context, without ...string) ([]byte, error) {
	image, err := serialized(ctx, s.read)
	if err != nil || len(without) == 0 {
		return image, err
	}
	copied, err := OpenImage(ctx, image, outage.Seam{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = copied.Close() }()
	for _, name := range without {
		if _, err := copied.write.ExecContext(ctx, `DELETE FROM secrets WHERE name = ?`, name); err != nil {
			return nil, fmt.Errorf("sqlite: %w", err)
		}
	}
	if _, err := copied.write.ExecContext(ctx, `VACUUM`); err != nil { // or the pages would still have them
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	return serialized(ctx, copied.write)
}

func serialized(ctx context.Context, db *sql.DB) (image []byte, err error) {
	err = onConn(ctx, db, func(c serial) error {
		image, err = c.Serialize()
		return err
	})
	return image, err
}

func onConn(ctx context.Context, db *sql.DB, do func(serial) error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	defer func() { _ = conn.Close() }()
	return conn.Raw(func(c any) error {
		if met, ok := c.(*seamed); ok {
			c = met.sqliteConn
		}
		one, ok := c.(serial)
		if !ok {
			return errors.New("sqlite: the driver cannot copy databases")
		}
		return do(one)
	})
}

// OpenImage opens a database in memory that begins as an image says.
func OpenImage(ctx context.Context, image []byte, seam outage.Seam) (*Store, error) {
	image, err := inMemory(image)
	if err != nil {
		return nil, err
	}
	s, err := bare("", seam)
	if err != nil {
		return nil, err
	}
	if err = onConn(ctx, s.write, func(c serial) error { return c.Deserialize(image) }); err == nil {
		err = s.prepare(ctx)
	}
	if err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("%w: %w", ErrImage, err)
	}
	return s, nil
}

// inMemory is an image that can be opened in memory: there is no write-ahead log there, in which a file's
// header may say that it is kept (https://www.sqlite.org/fileformat.html, section 1.3, offsets 18 and 19).
func inMemory(image []byte) ([]byte, error) {
	const header = 100
	if len(image) < header || !bytes.HasPrefix(image, []byte("SQLite format 3\x00")) {
		return nil, ErrImage
	}
	image = slices.Clone(image)
	image[18], image[19] = 1, 1
	return image, nil
}

// CheckImage complains about an image unless it is sound and has the tables, indexes and triggers of this
// version, and no other ones: whatever else it had would run with the processor's rights.
func CheckImage(ctx context.Context, image []byte) error {
	fresh, err := Open(ctx, "")
	if err != nil {
		return err
	}
	defer func() { _ = fresh.Close() }()
	image, err = inMemory(image)
	if err != nil {
		return err
	}
	s, err := bare("", outage.Seam{})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if err := onConn(ctx, s.write, func(c serial) error { return c.Deserialize(image) }); err != nil {
		return fmt.Errorf("%w: %w", ErrImage, err)
	}
	// Nothing but the schema is read before the schema is known to be ours.
	want, err := schema(ctx, fresh.write)
	if err != nil {
		return err
	}
	if have, err := schema(ctx, s.write); err != nil || !slices.Equal(have, want) {
		return errors.Join(ErrImage, err)
	}
	var sound string
	if err := s.write.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&sound); err != nil || sound != "ok" {
		return fmt.Errorf("%w: it is damaged: %s", ErrImage, sound)
	}
	return nil
}

func schema(ctx context.Context, db *sql.DB) (list []string, err error) {
	err = rows(ctx, db, `SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY 1`, nil, func(scan scan) error {
		var one string
		err := scan(&one)
		list = append(list, one)
		return err
	})
	return list, err
}
