package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"sandbank/scenario"
)

// Recorded has what was recorded beside scenarios.
type Recorded interface {
	// Read is what was recorded of a scenario under a name; [fs.ErrNotExist] where nothing was.
	Read(s scenario.Scenario, name string) (string, error)
	// Update records a text anew, in place of another one. It reports false where a difference is to be a
	// failure.
	Update(s scenario.Scenario, name, text string) (bool, error)
}

// Beside keeps what is recorded in a folder beside the scenario's file: of shop.yaml in shop.recorded.
type Beside struct {
	Rewrite bool // what differs is recorded anew
}

// File is where a text is kept.
func (Beside) File(s scenario.Scenario, name string) string {
	folder := strings.TrimSuffix(s.File, filepath.Ext(s.File)) + ".recorded"
	if s.Case != "" {
		name = strings.Trim(unnamed.ReplaceAllString(s.Case, "-"), "-") + "." + name
	}
	return filepath.Join(folder, name+".txt")
}

// unnamed is what stands in no file's name.
var unnamed = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// Read implements [Recorded].
func (b Beside) Read(s scenario.Scenario, name string) (string, error) {
	body, err := os.ReadFile(b.File(s, name))
	return strings.ReplaceAll(string(body), "\r\n", "\n"), err
}

// Update implements [Recorded]. A reader meets the old text or the new one, never a part.
func (b Beside) Update(s scenario.Scenario, name, text string) (bool, error) {
	if !b.Rewrite {
		return false, nil
	}
	file := b.File(s, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return false, err
	}
	fresh, err := os.CreateTemp(filepath.Dir(file), ".fresh-")
	if err != nil {
		return false, err
	}
	_, err = fresh.WriteString(text)
	if err = errors.Join(err, fresh.Chmod(0o644), fresh.Close()); err == nil {
		err = os.Rename(fresh.Name(), file)
	}
	if err != nil {
		_ = os.Remove(fresh.Name())
	}
	return err == nil, err
}

// lookAtSnapshot holds what happened so far to what was recorded.
func (t *thread) lookAtSnapshot(ctx context.Context, e scenario.Expect) (*miss, error) {
	if e.Snapshot == nil {
		return nil, nil
	}
	if t.recorded == nil {
		return nil, errors.New("a snapshot is kept beside a file, and here is none: run it with merchant run FILE")
	}
	now, err := t.soFar(ctx, e.Snapshot.Of)
	if err != nil {
		return nil, err
	}
	then, err := t.recorded.Read(t.scenario, e.Snapshot.Name)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return nil, err
	}
	if then == now && !missing {
		return nil, nil
	}
	if updated, err := t.recorded.Update(t.scenario, e.Snapshot.Name, now); updated || err != nil {
		return nil, err
	}
	wrong := &miss{fmt.Sprintf("the %s so far as recorded in %s", e.Snapshot.Of, e.Snapshot.Name), "something else (--update records it):\n" + difference(then, now)}
	if missing {
		wrong.seen = "that nothing is recorded yet: --update does so"
	}
	return wrong, nil
}

// soFar is what a snapshot is of, as text.
func (t *thread) soFar(ctx context.Context, of scenario.SnapshotOf) (string, error) {
	var b strings.Builder
	if of == scenario.OfTranscript {
		for _, l := range t.play.lines {
			b.WriteString(l.String() + "\n")
		}
		return b.String(), nil
	}
	list, err := t.polled(ctx)
	for _, h := range list {
		if name := t.called(h.about); name != "" {
			fmt.Fprintf(&b, "%s %s\n", name, h.kind)
		}
	}
	return b.String(), err
}

// Bounds of a difference that is shown.
const (
	compared = 1000 // lines of each text
	around   = 2    // lines that are the same
)

// difference shows two texts line by line: what was recorded with -, what came instead with +, and some lines
// around.
func difference(then, now string) string {
	a, b := linesOf(then), linesOf(now)
	common := longest(a, b)
	var rows []string
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			rows = append(rows, "  "+a[i])
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common[i+1][j] >= common[i][j+1]):
			rows = append(rows, "- "+a[i])
			i++
		default:
			rows = append(rows, "+ "+b[j])
			j++
		}
	}
	return strings.Join(shownRows(rows), "\n")
}

func linesOf(text string) []string {
	list := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return list[:min(len(list), compared)]
}

// longest has, for each place in both texts, how many lines they have in common from there on.
func longest(a, b []string) [][]int {
	n := make([][]int, len(a)+1)
	for i := range n {
		n[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if n[i][j] = max(n[i+1][j], n[i][j+1]); a[i] == b[j] {
				n[i][j] = n[i+1][j+1] + 1
			}
		}
	}
	return n
}

// shownRows leaves out what is the same, beyond some lines around each difference.
func shownRows(rows []string) (shown []string) {
	near := func(i int) bool {
		for k := max(0, i-around); k <= min(len(rows)-1, i+around); k++ {
			if rows[k][0] != ' ' {
				return true
			}
		}
		return false
	}
	left := false
	for i, row := range rows {
		if near(i) {
			shown, left = append(shown, row), false
		} else if !left {
			shown, left = append(shown, "  …"), true
		}
	}
	return shown
}
