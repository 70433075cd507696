// Package stripespec holds answers in Stripe's dialect to Stripe's own OpenAPI
// document, which the module of stripe-mock carries.
package stripespec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// Spec is Stripe's document.
type Spec struct {
	doc   *openapi3.T
	paths map[string]*openapi3.PathItem // by form: variables are {}
}

var load = sync.OnceValues(func() (*Spec, error) {
	root, err := rootFolder()
	if err != nil {
		return nil, err
	}
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/stripe/stripe-mock")
	list.Dir = filepath.Join(root, "tools", "stripemock")
	folder, err := list.Output()
	if err == nil && len(bytes.TrimSpace(folder)) == 0 {
		fetch := exec.Command("go", "mod", "download", "github.com/stripe/stripe-mock")
		fetch.Dir = list.Dir
		if err = fetch.Run(); err == nil {
			again := exec.Command(list.Args[0], list.Args[1:]...)
			again.Dir = list.Dir
			folder, err = again.Output()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("find the module of stripe-mock: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(string(bytes.TrimSpace(folder)), "embedded", "openapi", "spec3.json"))
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	s := &Spec{doc, map[string]*openapi3.PathItem{}}
	for path, item := range doc.Paths.Map() {
		s.paths[formOf(path)] = item
	}
	return s, nil
})

// rootFolder is the root of the repository that the test is in.
func rootFolder() (string, error) {
	at, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(at, "tools", "stripemock", "go.mod")); missing == nil {
			return at, nil
		}
		if filepath.Dir(at) == at {
			return "", fmt.Errorf("no folder above the test has tools/stripemock")
		}
		at = filepath.Dir(at)
	}
	return "", err
}

var variable = regexp.MustCompile(`\{[^}]+\}`)

func formOf(path string) string { return variable.ReplaceAllString(path, "{}") }

// Load reads the document, once for all tests.
func Load(t testing.TB) *Spec {
	t.Helper()
	s, err := load()
	if err != nil {
		t.Fatal("Stripe's OpenAPI document: ", err)
	}
	return s
}

// Check holds the body of an answer to the schema of its route; route is as in "GET
// /v1/charges/{id}".
func (s *Spec) Check(route string, status int, body []byte) error {
	method, path, _ := strings.Cut(route, " ")
	item := s.paths[formOf(path)]
	if item == nil || item.GetOperation(method) == nil {
		return fmt.Errorf("there is no %s in the document", route)
	}
	answers := item.GetOperation(method).Responses
	answer := answers.Status(status)
	if answer == nil {
		answer = answers.Default()
	}
	return visit(answer.Value.Content["application/json"].Schema.Value, body)
}

// CheckObject holds JSON to a schema by its name.
func (s *Spec) CheckObject(schema string, body []byte) error {
	found := s.doc.Components.Schemas[schema]
	if found == nil {
		return fmt.Errorf("there is no schema %s in the document", schema)
	}
	return visit(found.Value, body)
}

func visit(schema *openapi3.Schema, body []byte) error {
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	return schema.VisitJSON(value, openapi3.MultiErrors())
}
