package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sandbank/bank/book"
	"sandbank/bank/journal"
)

// TestMain is also the process that has the file while another asks for it, or
// that is killed in the middle.
func TestMain(m *testing.M) {
	if folder := os.Getenv("BANKBOOK_HOLD"); folder != "" {
		f, err := journal.Open(context.Background(), folder)
		if err == nil {
			err = f.Of("SANDNL2A").Append(context.Background(), records(0, 3))
		}
		fmt.Println("held", err)
		_, _ = os.Stdin.Read(make([]byte, 1)) // until it is killed
		return
	}
	goleak.VerifyTestMain(m)
}

func records(from, n int) (list []book.Record) {
	for i := range n {
		list = append(list, book.Record{
			Kind: book.Confirmed, Bank: "SANDNL2A", At: time.Date(2026, 11, 22, 12, 0, from+i, 0, time.UTC), Answers: []string{fmt.Sprint("req_", from+i)},
		})
	}
	return list
}

func open(t *testing.T, folder string) *journal.File {
	t.Helper()
	f, err := journal.Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func read(t *testing.T, j *journal.Journal) (list []book.Record) {
	t.Helper()
	if err := j.Replay(t.Context(), func(r book.Record) error { list = append(list, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestJournal_KeepsEachBanksLinesInOrder(t *testing.T) {
	folder := t.TempDir()
	f := open(t, folder)
	one, other := f.Of("SANDNL2A"), f.Of("SLOWDE2A")
	for i := range 5 {
		if err := one.Append(t.Context(), records(2*i, 2)); err != nil {
			t.Fatal(err)
		}
		if err := other.Append(t.Context(), records(100+i, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, folder)
	again := f.Of("SANDNL2A")
	if got := read(t, again); !reflect.DeepEqual(got, records(0, 10)) {
		t.Errorf("read %+v", got)
	}
	if got := read(t, f.Of("SLOWDE2A")); !reflect.DeepEqual(got, records(100, 5)) {
		t.Errorf("the other bank reads %+v", got)
	}
	if err := again.Append(t.Context(), records(10, 1)); err != nil {
		t.Fatal(err)
	}
	if err := f.Of("SANDNL2A").Append(t.Context(), records(11, 1)); err != nil { // without reading first
		t.Fatal(err)
	}
	if got := read(t, f.Of("SANDNL2A")); !reflect.DeepEqual(got, records(0, 12)) {
		t.Errorf("after two lines more: %+v", got)
	}
}

func TestJournal_AppendsAllOrNone(t *testing.T) {
	j := open(t, t.TempDir()).Of("SANDNL2A")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if j.Append(ended, records(0, 3)) == nil {
		t.Fatal("appended although there was no time for it")
	}
	if err := j.Append(t.Context(), records(0, 3)); err != nil {
		t.Fatal(err)
	}
	if got := read(t, j); !reflect.DeepEqual(got, records(0, 3)) {
		t.Errorf("read %+v", got)
	}
}

func TestJournal_ReplayStopsWithItsReader(t *testing.T) {
	j := open(t, t.TempDir()).Of("SANDNL2A")
	if err := j.Append(t.Context(), records(0, 2)); err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	if err := j.Replay(t.Context(), func(book.Record) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("ended with %v", err)
	}
}

func TestOpen_OneProcessAtATime(t *testing.T) {
	folder := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), "BANKBOOK_HOLD="+folder)
	in, errIn := c.StdinPipe()
	out, errOut := c.StdoutPipe()
	if err := errors.Join(errIn, errOut, c.Start()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	said := make([]byte, 100)
	n, _ := out.Read(said)
	if got := strings.TrimSpace(string(said[:n])); got != "held <nil>" {
		t.Fatalf("the other process said %q", got)
	}
	_, err = journal.Open(t.Context(), folder)
	if !errors.Is(err, journal.ErrInUse) || !strings.Contains(err.Error(), folder) {
		t.Errorf("a second process: %v", err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	// Appended records, and the file, survive kill -9.
	if got := read(t, open(t, folder).Of("SANDNL2A")); !reflect.DeepEqual(got, records(0, 3)) {
		t.Errorf("after the kill: %+v", got)
	}
}

func TestOpen_SaysWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(t.Context(), file); err == nil || !strings.Contains(err.Error(), "data folder") {
		t.Errorf("a file for a folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, journal.FileName), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(t.Context(), folder); err == nil || !strings.Contains(err.Error(), journal.FileName) {
		t.Errorf("no database: %v", err)
	}
}
