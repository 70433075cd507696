package floors

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the module's folder, seen from this package.
const root = "../.."

// present are the functions of package time that tell the present or wait for a moment.
const present = "Now Since Until After AfterFunc NewTimer NewTicker Tick Sleep"

// sources parses every file of the programs: no tests, and nothing that stands beside the floors.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "tools" || name == "web/contract/check" || outside(name)):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		files[name], err = parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// outside reports whether a folder is for tests and tools.
func outside(folder string) bool { return in(beside, folder) }

// uses lists the names that a file takes from a package, by its import path.
func uses(file *ast.File, imported string) (names []string) {
	local := ""
	for _, i := range file.Imports {
		if i.Path.Value != `"`+imported+`"` {
			continue
		}
		if local = strings.TrimPrefix(filepath.Base(strings.TrimSuffix(imported, "/v2")), "."); i.Name != nil {
			local = i.Name.Name
		}
	}
	if local == "." {
		return []string{"a dot import, which hides what is used"}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && local != "" && x.Name == local {
				names = append(names, s.Sel.Name)
			}
		}
		return true
	})
	return names
}

// computers reports names of package time in a file that only package clock may use.
func computers(file *ast.File) (names []string) {
	for _, name := range uses(file, "time") {
		if in(present, name) || strings.Contains(name, " ") {
			names = append(names, "time."+name)
		}
	}
	return names
}

// listed reads the table of ARCHITECTURE.md that says which files go by the computer's time without
// the help of package clock.
func listed(text string) map[string]bool {
	list := map[string]bool{}
	_, section, _ := strings.Cut(text, "\n## The computer's time\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, row := range regexp.MustCompile(`(?m)^\|([^|]*)\|`).FindAllStringSubmatch(section, -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			list[name[1]] = true
		}
	}
	return list
}

// placeOf is the row of the table under which a file stands: itself or its folder.
func placeOf(name string, table map[string]bool) string {
	for at := name; at != "."; at = filepath.ToSlash(filepath.Dir(at)) {
		if table[at] {
			return at
		}
	}
	return ""
}

// astray lists the files that ask package time for the present and stand neither in package clock
// nor in the table, and the rows of the table of which no file makes use.
func astray(files map[string]*ast.File, table map[string]bool) (wrong []string) {
	used := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		found := computers(files[name])
		if len(found) == 0 || filepath.Dir(name) == "clock" {
			continue
		}
		if at := placeOf(name, table); at != "" {
			used[at] = true
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%s uses %s: take a clock.Simulated or a clock.Computer, or say in ARCHITECTURE.md why it goes by the computer's time", name, strings.Join(found, ", ")))
	}
	for _, at := range slices.Sorted(maps.Keys(table)) {
		if !used[at] {
			wrong = append(wrong, at+" stands in ARCHITECTURE.md's table of the computer's time and does not use it")
		}
	}
	return wrong
}

func TestClocks_OnlyTheListedGoByTheComputers(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	table, files := listed(string(text)), sources(t)
	if files["processor/sweep.go"] == nil {
		t.Fatalf("%d rows and %d files were found", len(table), len(files))
	}
	for _, wrong := range astray(files, table) {
		t.Error(wrong)
	}
}

// parsed is a file of a text.
func parsed(t *testing.T, text string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestClocks_FaultsAreSeen(t *testing.T) {
	t.Parallel()
	table := listed("# A\n\n## The computer's time\n\n| where | what |\n|---|---|\n| `web/live.go`, `amqpd` | pacing |\n\n## Other\n| `processor` | no |\n")
	if !table["web/live.go"] || !table["amqpd"] || len(table) != 2 {
		t.Fatalf("the table is %v", table)
	}
	for text, want := range map[string]string{
		`import "time"; var x = time.Now`:                            "uses time.Now",
		`import "time"; func f() { _ = time.Since(time.Time{}) }`:    "uses time.Since",
		`import "time"; func f() { time.AfterFunc(1, func() {}) }`:   "uses time.AfterFunc",
		`import t "time"; func f() { t.Sleep(1) }`:                   "uses time.Sleep",
		`import . "time"; func f() { Sleep(1) }`:                     "dot import",
		`import "time"; func f() { <-time.Tick(1); time.After(2) }`:  "time.Tick, time.After",
		`import "time"; var d = time.Second; type t = time.Time`:     "",
		`import "sandbank/clock"; var x = clock.Real{}.Now()`:        "",
		`type f struct{ Now func() }; func g(time f) { time.Now() }`: "",
	} {
		got := strings.Join(astray(map[string]*ast.File{"processor/x.go": parsed(t, "package p; "+text), "web/live.go": parsed(t, `package p; import "time"; var x = time.Now`), "amqpd/deep/y.go": parsed(t, `package p; import "time"; var x = time.Now`)}, table), "; ")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	if got := astray(map[string]*ast.File{"clock/clock.go": parsed(t, `package clock; import "time"; var x = time.Now`)}, table); len(got) != 2 {
		t.Errorf("two rows stand for nothing, and package clock is free: %v", got)
	}
}

// Luck that is not of package chance cannot be repeated by a seed.
func TestChance_HasOneSource(t *testing.T) {
	t.Parallel()
	for name, file := range sources(t) {
		if placeOf(name, map[string]bool{"chance": true, "merchant/client/call.go": true}) != "" {
			continue // the client's pauses spread many callers of a processor somewhere else
		}
		for _, found := range lucky(file) {
			t.Errorf("%s uses %s: what may be repeated comes from package chance, and what guards anything from chance.Secret", name, found)
		}
	}
}

// lucky lists uses of math/rand in a file without a source of its own.
func lucky(file *ast.File) (found []string) {
	for _, imported := range []string{"math/rand", "math/rand/v2"} {
		for _, name := range uses(file, imported) {
			if name != "Rand" && name != "Source" {
				found = append(found, imported+"."+name)
			}
		}
	}
	return found
}

func TestChance_FaultsAreSeen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`import "math/rand"; var x = rand.Intn(3)`:                     "math/rand.Intn",
		`import m "math/rand/v2"; var x = m.New(m.NewPCG(1, 2))`:       "math/rand/v2.New, math/rand/v2.NewPCG",
		`import "math/rand/v2"; func f(luck *rand.Rand) { luck.N(1) }`: "",
		`import "crypto/rand"; var x = rand.Text()`:                    "",
	} {
		if got := strings.Join(lucky(parsed(t, "package p; "+text)), ", "); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
