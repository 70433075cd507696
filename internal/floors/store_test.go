package floors

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// contract lists the files of package processor in which the contract with the stores stands.
var contract = []string{"store.go", "record.go", "filter.go"}

// storeNames returns the exported names of the contract with the stores: those that its files
// declare, and the side interfaces that Store embeds.
func storeNames(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, name := range contract {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../../processor", name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			names = append(names, declared(d)...)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return !ast.IsExported(name) })
}

// declared returns the names that one declaration brings, and what an interface embeds.
func declared(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, spec.Name.Name)
				if of, ok := spec.Type.(*ast.InterfaceType); ok {
					names = append(names, embedded(of)...)
				}
			case *ast.ValueSpec:
				for _, n := range spec.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}

func embedded(of *ast.InterfaceType) (names []string) {
	for _, m := range of.Methods.List {
		if n, ok := m.Type.(*ast.Ident); ok {
			names = append(names, n.Name)
		}
	}
	return names
}

// reaching returns where a file names something of the contract with the stores.
func reaching(name string, source any, names []string) (breaches []string, err error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if of, ok := s.X.(*ast.Ident); ok && of.Name == "processor" && slices.Contains(names, s.Sel.Name) {
			breaches = append(breaches, fmt.Sprintf("%s names processor.%s: that is between processor and the stores; give processor a read of its own", set.Position(s.Pos()), s.Sel.Name))
		}
		return true
	})
	return breaches, nil
}

// A transport reads through the use cases alone. The store is a private field there, so that what
// could still reach it is a value of one of the contract's types.
func TestTransports_KnowNothingOfTheStore(t *testing.T) {
	t.Parallel()
	names := storeNames(t)
	files := 0
	for _, folder := range []string{"../../web", "../../hostedpage"} {
		err := fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			breaches, err := reaching(filepath.Join(folder, path), nil, names)
			for _, b := range breaches {
				t.Error(b)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 50 {
		t.Errorf("looked through %d files of transports, expected all of them", files)
	}
}

func TestReaching_FindsWhatReaches(t *testing.T) {
	t.Parallel()
	names := storeNames(t)
	for source, expected := range map[string]int{
		"func f(s processor.Store) { s.Ping(nil) }":                                1,
		"var f = processor.RecordFilter{Kind: processor.HoldRecord}":               2,
		"func f(r processor.Records) {}":                                           1,
		"func f(p *processor.Processor) { p.Payments(nil, processor.Everyone()) }": 0,
	} {
		found, err := reaching("x.go", "package x\n"+source, names)
		if err != nil || len(found) != expected {
			t.Errorf("in %q: found %q, %v, expected %d", source, found, err, expected)
		}
	}
}
