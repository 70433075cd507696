package floors

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	pathpkg "path"
	"slices"
	"strings"
	"testing"
)

const module = "sandbank"

// An imports is a package with its imports outside tests, as `go list -json` tells them.
type imports struct {
	ImportPath string
	Imports    []string
}

// listPackages asks the go command for every package of the module.
func listPackages(t *testing.T) []imports {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []imports
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var one imports
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
}

// roomOf returns the room in which a package stands, the longest path of the table that is the
// package's own or a folder above it, and whether the package is of this module.
func roomOf(path string) (room string, ours bool) {
	path, ours = strings.CutPrefix(path, module+"/")
	for room = path; room != "."; room = pathpkg.Dir(room) {
		if floorOf(room) != nowhere {
			return room, ours
		}
	}
	return path, ours
}

func in(list, name string) bool { return slices.Contains(strings.Fields(list), name) }

const (
	nowhere    = -1
	besideThem = 100
)

// floorOf returns a package's floor, besideThem, or nowhere.
func floorOf(name string) int {
	if in(beside, name) {
		return besideThem
	}
	return slices.IndexFunc(floors, func(list string) bool { return in(list, name) })
}

// check returns every breach of the rules.
func check(packages []imports) []string {
	var breaches []string
	for _, p := range packages {
		from, ok := roomOf(p.ImportPath)
		if !ok {
			continue // the module's own root, if it ever holds a package
		}
		if floorOf(from) == nowhere {
			breaches = append(breaches, fmt.Sprintf("%s stands on no floor: put it into the table in internal/floors/table_test.go", p.ImportPath))
			continue
		}
		for _, imported := range p.Imports {
			if to, ours := roomOf(imported); ours {
				if why := forbidden(from, to); why != "" {
					breaches = append(breaches, fmt.Sprintf("%s imports %s: %s", p.ImportPath, imported, why))
				}
			}
		}
	}
	return breaches
}

// forbidden says why one package may not import another, or "" if it may.
func forbidden(from, to string) string {
	low, high := floorOf(to), floorOf(from)
	switch {
	case from == to:
		return ""
	case in(alone, from):
		return from + " imports nothing of the project"
	case high == besideThem:
		return ""
	case low == besideThem:
		return to + " is for tests and tools"
	case low == nowhere:
		return to + " stands on no floor"
	case low > high:
		return fmt.Sprintf("floor %d reaches up to floor %d", high, low)
	case low == high && high == 3 && !in(sideways[from], to):
		return "transports, stores and their neighbours do not know each other; node wires them"
	case low == high && !in(sideways[from], to):
		return fmt.Sprintf("both stand on floor %d, and internal/floors/table_test.go does not allow it under sideways", low)
	}
	return ""
}

func TestFloors_Hold(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	if len(packages) == 0 {
		t.Fatal("go list found no package")
	}
	for _, breach := range check(packages) {
		t.Error(breach)
	}
}

func TestFloors_TableIsSound(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, name := range strings.Fields(strings.Join(floors, " ") + " " + beside) {
		if seen[name] {
			t.Errorf("%s stands in the table twice", name)
		}
		seen[name] = true
	}
	for from, list := range sideways {
		for _, to := range strings.Fields(list) {
			if floorOf(from) != floorOf(to) || floorOf(from) == nowhere {
				t.Errorf("sideways: %s and %s do not stand on one floor", from, to)
			}
			if in(sideways[to], from) {
				t.Errorf("sideways: %s and %s lean on each other", from, to)
			}
		}
	}
}

func TestFloors_BreachesAreSeen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, want string }{
		{"payment", "money", ""},
		{"cmd/processor", "store/sqlite", ""},
		{"cmd/processor", "hostedpage", ""},
		{"cmd/processor", "node", ""},
		{"node", "store/sqlite", ""},
		{"node/lifecycle", "node", ""},
		{"node", "cmd/processor", "reaches up"},
		{"processor", "node", "reaches up"},
		{"store/sqlite", "processor", ""},
		{"store/sqlite/migrations", "store/sqlite", ""},
		{"store/storetest", "processor", ""},
		{"payment", "payment/instrument", ""},
		{"payment/instrument", "payment", "does not allow it"}, // a relative is no exception
		{"event", "event/feed", "reaches up"},
		{"bank", "bank/page", "reaches up"},
		{"money", "payment", "reaches up"},
		{"processor", "store/postgres", "reaches up"},
		{"money", "clock", "sideways"},
		{"web/api", "store/postgres", "do not know each other"},
		{"store/sqlite", "store/postgres", "do not know each other"},
		{"web/dashboard", "web/api", "do not know each other"},
		{"merchant/shop", "merchant/client", ""},
		{"merchant/load", "merchant/client", ""},
		{"web/api", "merchant/client", "do not know each other"},
		{"merchant/client", "merchant/shop", "do not know each other"},
		{"web/dashboard", "broker/amqpd", "do not know each other"},
		{"broker/amqpd", "money", "imports nothing"},
		{"internal/engine", "fault", "imports nothing"},
		{"web/look", "money", "imports nothing"},
		{"processor", "internal/engine", "for tests and tools"},
		{"processor", "unheard", "stands on no floor"},
		{"web/unheard", "money", "put it into the table"},
		{"unheard", "money", "put it into the table"},
	} {
		got := strings.Join(check([]imports{{ImportPath: module + "/" + c.from, Imports: []string{"fmt", module + "/" + c.to}}}), "; ")
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s imports %s: got %q, want %q", c.from, c.to, got, c.want)
		}
	}
}
