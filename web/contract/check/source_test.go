package check

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sandbank/web/contract"
)

const root = "../../.." // of the module

// constantsOf are the values of a package's string constants of one type, in
// the order of the source.
func constantsOf(t *testing.T, pkg, typeName string) []string {
	t.Helper()
	var values []string
	folder := filepath.Join(root, pkg)
	eachFile(t, folder, func(path string, file *ast.File) {
		if filepath.Dir(path) != folder {
			return // a relative's, below
		}
		for _, d := range file.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.CONST {
				continue
			}
			for _, s := range decl.Specs {
				spec := s.(*ast.ValueSpec)
				if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typeName && len(spec.Values) == 1 {
					values = append(values, literal(spec.Values[0]))
				}
			}
		}
	})
	if len(values) == 0 {
		t.Fatalf("package %s has no constants of type %s", pkg, typeName)
	}
	return values
}

// eachFile parses every Go file below a folder that is no test.
func eachFile(t *testing.T, folder string, do func(path string, file *ast.File)) {
	t.Helper()
	set := token.NewFileSet()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && (name == "node_modules" || name == "tmp" || name == "bin" || len(name) > 2 && name[0] == '.'):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err == nil {
			do(path, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// literal is the value of a string literal, "" for anything else.
func literal(e ast.Expr) string {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		s, _ := strconv.Unquote(l.Value) // the parser has accepted it
		return s
	}
	return ""
}

// isSelector reports whether e is pkg.name.
func isSelector(e ast.Expr, pkg, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg
}

// raised is one place in the sources that makes a fault.
type raised struct{ where, kind, code string }

// faults finds every fault.New of the module, with the codes it can have.
func faults(t *testing.T) []raised {
	t.Helper()
	var all []raised
	eachFile(t, root, func(path string, file *ast.File) {
		if strings.Contains(filepath.ToSlash(path), "/dialect/") { // another API's errors are its own
			return
		}
		inFault := file.Name.Name == "fault"
		for _, d := range file.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				id, local := call.Fun.(*ast.Ident)
				if !isSelector(call.Fun, "fault", "New") && !(inFault && local && id.Name == "New") {
					return true
				}
				codes := codesOf(call.Args[1], d)
				if len(codes) == 0 {
					t.Errorf("%s: %s: the code of a fault must be a literal, or a variable of the same function set to literals", path, name(d))
				}
				for _, code := range codes {
					all = append(all, raised{path + " " + name(d), kind(call.Args[0]), code})
				}
				return true
			})
		}
	})
	return all
}

func name(d ast.Decl) string {
	if f, ok := d.(*ast.FuncDecl); ok {
		return f.Name.Name
	}
	return "?"
}

func kind(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// codesOf are the literals that an expression can be within a function.
func codesOf(e ast.Expr, within ast.Decl) []string {
	if code := literal(e); code != "" {
		return []string{code}
	}
	variable, ok := e.(*ast.Ident)
	if !ok {
		return nil
	}
	var codes []string
	ast.Inspect(within, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != len(assign.Rhs) {
			return true
		}
		for i, left := range assign.Lhs {
			if id, ok := left.(*ast.Ident); ok && id.Name == variable.Name && literal(assign.Rhs[i]) != "" {
				codes = append(codes, literal(assign.Rhs[i]))
			}
		}
		return true
	})
	return codes
}

// statusOf reads the one table from kinds to HTTP out of package gate's source.
func statusOf(t *testing.T) map[string]int {
	t.Helper()
	numbers := map[string]int{}
	for n := 100; n < 600; n++ {
		numbers["Status"+strings.ReplaceAll(http.StatusText(n), " ", "")] = n
	}
	table := map[string]int{}
	eachFile(t, filepath.Join(root, "web/gate"), func(_ string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, ok1 := pair.Key.(*ast.SelectorExpr)
			value, ok2 := pair.Value.(*ast.SelectorExpr)
			if ok1 && ok2 && isSelector(key, "fault", key.Sel.Name) && isSelector(value, "http", value.Sel.Name) {
				table[key.Sel.Name] = numbers[value.Sel.Name]
			}
			return true
		})
	})
	return table
}

func TestProblems_AreTheFaultsOfTheSources(t *testing.T) {
	t.Parallel()
	table := statusOf(t)
	found := map[string]bool{}
	for _, f := range faults(t) {
		found[f.code] = true
		p, ok := contract.FindProblem(f.code)
		switch {
		case !ok:
			t.Errorf("%s raises %q, which contract/problems.yaml does not explain", f.where, f.code)
		case table[f.kind] != p.Status:
			t.Errorf("%s raises %q as %s, which is %d over HTTP; contract/problems.yaml says %d", f.where, f.code, f.kind, table[f.kind], p.Status)
		}
	}
	for _, p := range contract.Problems() {
		if !found[p.Code] {
			t.Errorf("contract/problems.yaml explains %q, which nothing raises", p.Code)
		}
	}
}

func TestProblems_AreWhole(t *testing.T) {
	t.Parallel()
	var codes []string
	seen := map[string]bool{}
	for _, p := range contract.Problems() {
		if p.Title == "" || p.Meaning == "" || len(p.Fix) == 0 || http.StatusText(p.Status) == "" || seen[p.Code] {
			t.Errorf("%q must come once, with a status, a title, a meaning and a way to fix it", p.Code)
		}
		seen[p.Code] = true
		switch p.On {
		case contract.OnAPI:
			codes = append(codes, p.Code)
		case contract.OnPage, contract.OnOAuth:
		default:
			t.Errorf("%q shows on %q, which is nowhere", p.Code, p.On)
		}
	}
	if got := stringsOf(at(t, tree(t, contract.OpenAPI()), "components", "schemas", "ProblemCode", "enum")); !slices.Equal(got, codes) {
		t.Errorf("ProblemCode is\n%v, problems.yaml has\n%v", got, codes)
	}
}

// The examples of problems carry the right type, status and code.
func TestProblems_ExamplesAgree(t *testing.T) {
	t.Parallel()
	each(at(t, tree(t, contract.OpenAPI()), "components", "responses"), "", func(path string, object map[string]any) {
		code, ok := object["code"].(string)
		if !ok {
			return
		}
		p, _ := contract.FindProblem(code)
		status := fmt.Sprint(object["status"])
		if status != strconv.Itoa(p.Status) || object["title"] != http.StatusText(p.Status) ||
			!strings.HasSuffix(object["type"].(string), "/problems/"+code) {
			t.Errorf("%s does not agree with itself", path)
		}
	})
}

// A query is read by the gate's one strict reader: [net/url.URL.Query] drops what
// does not parse, and so turns a broken filter into none.
func TestSource_QueriesAreReadInOnePlace(t *testing.T) {
	t.Parallel()
	var at []string
	for _, folder := range []string{"web", "hostedpage", "bank", "cmd", "event", "processor", "merchant/shop"} {
		eachFile(t, filepath.Join(root, folder), func(path string, file *ast.File) {
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.SelectorExpr)
				if ok && (call.Sel.Name == "FormValue" || call.Sel.Name == "Query" && strings.HasSuffix(fmt.Sprint(call.X), " URL}")) {
					at = append(at, strings.TrimPrefix(path, root+"/"))
				}
				return true
			})
		})
	}
	if !slices.Equal(at, []string{"web/gate/query.go"}) {
		t.Errorf("queries are read in %q; use gate.Query", at)
	}
}
