package check

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"sandbank/internal/iso20022"
	"sandbank/web/contract"
)

// tree is a document as plain maps and lists.
func tree(t *testing.T, doc contract.Document) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(doc.JSON, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// at walks down the members of a tree.
func at(t *testing.T, node any, path ...string) any {
	t.Helper()
	for _, step := range path {
		members, _ := node.(map[string]any)
		var ok bool
		if node, ok = members[step]; !ok {
			t.Fatalf("there is no %q on the way to %s", step, strings.Join(path, "/"))
		}
	}
	return node
}

// each calls do for every object of a tree.
func each(node any, path string, do func(path string, object map[string]any)) {
	switch node := node.(type) {
	case map[string]any:
		do(path, node)
		for _, name := range slices.Sorted(maps.Keys(node)) {
			each(node[name], path+"/"+name, do)
		}
	case []any:
		for _, child := range node {
			each(child, path+"/-", do)
		}
	}
}

func TestOpenAPI_IsValid(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(contract.OpenAPI().YAML)
	if err != nil {
		t.Fatal(err)
	}
	err = doc.Validate(t.Context(), openapi3.EnableSchemaPatternValidation(), openapi3.EnableExamplesValidation(),
		openapi3.EnableSchemaDefaultsValidation())
	if err != nil {
		t.Error(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("it is %s, not 3.1.0", doc.OpenAPI)
	}
}

// The parser of the AsyncAPI project itself is the judge: the specification's
// schema, the AMQP bindings, references, and the examples.
func TestAsyncAPI_IsValid(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("needs node and what make setup installs")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is missing: make setup installs it")
	}
	file := filepath.Join(t.TempDir(), "asyncapi.yaml")
	if err := os.WriteFile(file, contract.AsyncAPI().YAML, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "asyncapi.mjs", file)
	cmd.Dir = "../../../tools/npm"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v (make setup installs the parser)\n%s", err, out)
	}
}

// Every rule of a strict linter holds, but for those that tools/npm/spectral.yaml
// turns off with a reason.
func TestDocuments_PassTheLinter(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts Node")
	}
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "openapi.json"), filepath.Join(dir, "asyncapi.json")}
	for i, doc := range []contract.Document{contract.OpenAPI(), contract.AsyncAPI()} {
		if err := os.WriteFile(files[i], doc.JSON, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node_modules/.bin/spectral",
		append([]string{"lint", "--ruleset", "spectral.yaml", "--fail-severity", "hint"}, files...)...)
	cmd.Dir = "../../../tools/npm"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v (make setup installs the linter)\n%s", err, out)
	}
}

func TestDocuments_SameInBothSpellings(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]contract.Document{"openapi": contract.OpenAPI(), "asyncapi": contract.AsyncAPI()} {
		var fromYAML any
		if err := yaml.Unmarshal(doc.YAML, &fromYAML); err != nil {
			t.Errorf("read the YAML of %s: %v", name, err)
		}
		again, err := json.Marshal(fromYAML)
		if err != nil {
			t.Fatal(err)
		}
		if got := mustUnmarshal(t, again); !reflect.DeepEqual(got, any(tree(t, doc))) {
			t.Errorf("%s: YAML and JSON differ", name)
		}
		if bytes.Contains(doc.YAML, []byte(`$ref: "schemas.yaml`)) {
			t.Errorf("%s: a reference leads out of the document", name)
		}
	}
}

func mustUnmarshal(t *testing.T, b []byte) (value any) {
	t.Helper()
	if err := json.Unmarshal(b, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// A schema that nobody refers to is a schema that nobody holds to.
func TestDocuments_NothingUnused(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]contract.Document{"openapi": contract.OpenAPI(), "asyncapi": contract.AsyncAPI()} {
		used := map[string]bool{}
		whole := tree(t, doc)
		each(whole, "", func(_ string, object map[string]any) {
			if ref, ok := object["$ref"].(string); ok {
				used[ref] = true
			}
		})
		components := at(t, whole, "components").(map[string]any)
		for kind, list := range components {
			for part := range list.(map[string]any) {
				ref := "#/components/" + kind + "/" + part
				// These two answer where there is no operation to describe.
				unrouted := kind == "responses" && (part == "NotFound" || part == "MethodNotAllowed")
				if !used[ref] && !unrouted && kind != "securitySchemes" {
					t.Errorf("%s: nothing refers to %s", name, ref)
				}
			}
		}
	}
}

func TestDocuments_EveryEnumValueExplained(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]contract.Document{"openapi": contract.OpenAPI(), "asyncapi": contract.AsyncAPI()} {
		each(tree(t, doc), name, func(path string, object map[string]any) {
			explained, ok := object["x-enumDescriptions"].(map[string]any)
			if !ok {
				return
			}
			want := stringsOf(object["enum"])
			if got := slices.Sorted(maps.Keys(explained)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Errorf("%s: enum and x-enumDescriptions differ: %v, %v", path, want, got)
			}
		})
	}
}

func stringsOf(list any) []string {
	var out []string
	for _, item := range list.([]any) {
		out = append(out, item.(string))
	}
	return out
}

// Every example of a body, header, parameter or schema fits the schema beside
// it, and has nothing that is not described.
func TestOpenAPI_ExamplesFit(t *testing.T) {
	t.Parallel()
	const url = "sandbank:openapi.json"
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(closed(contract.OpenAPI().JSON)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource(url, doc); err != nil {
		t.Fatal(err)
	}
	examples := at(t, doc, "components", "examples").(map[string]any)
	checked := 0
	eachEscaped(doc, "#", func(path string, object map[string]any) {
		if _, ok := object["schema"]; !ok {
			return
		}
		schema := c.MustCompile(url + path + "/schema")
		for name, value := range examplesOf(object, examples) {
			checked++
			if err := schema.Validate(value); err != nil {
				t.Errorf("%s, example %s: %v", path, name, err)
			}
		}
	})
	for name, s := range at(t, doc, "components", "schemas").(map[string]any) {
		list, _ := s.(map[string]any)["examples"].([]any)
		schema := c.MustCompile(url + "#/components/schemas/" + name)
		for _, value := range list {
			checked++
			if err := schema.Validate(value); err != nil {
				t.Errorf("an example of schema %s does not fit it: %v", name, err)
			}
		}
	}
	if checked < 70 {
		t.Errorf("only %d examples were found", checked)
	}
}

// eachEscaped is each with paths that are JSON pointers.
func eachEscaped(node any, path string, do func(pointer string, object map[string]any)) {
	object, ok := node.(map[string]any)
	if !ok {
		return
	}
	do(path, object)
	for name, child := range object {
		eachEscaped(child, path+"/"+strings.NewReplacer("~", "~0", "/", "~1", "%", "%25", "{", "%7B", "}", "%7D").Replace(name), do)
	}
}

func examplesOf(object, components map[string]any) map[string]any {
	out := map[string]any{}
	if one, ok := object["example"]; ok {
		out["example"] = one
	}
	list, _ := object["examples"].(map[string]any)
	for name, e := range list {
		entry := e.(map[string]any)
		if ref, ok := entry["$ref"].(string); ok {
			entry = components[strings.TrimPrefix(ref, "#/components/examples/")].(map[string]any)
		}
		out[name] = entry["value"]
	}
	return out
}

func TestOpenAPI_EveryBodyHasAnExample(t *testing.T) {
	t.Parallel()
	each(tree(t, contract.OpenAPI()), "", func(path string, object map[string]any) {
		schema, ok := object["schema"].(map[string]any)
		internal := ok && schema["$ref"] == "#/components/schemas/TokenError" && strings.Contains(path, "jwks")
		if ok && !internal && strings.Contains(path, "/content/") && object["examples"] == nil {
			t.Errorf("%s has no example", path)
		}
	})
}

func TestOpenAPI_TheStatementIsValid(t *testing.T) {
	t.Parallel()
	answer := openAPI().doc.Paths.Value("/v1/settlements/{id}/file").Get.Responses.Status(200).Value
	example, ok := answer.Content["application/xml"].Examples["statement"].Value.Value.(string)
	if !ok {
		t.Fatal("there is no example")
	}
	iso20022.Validate(t, "camt.053.001.08", []byte(example))
}

func TestAsyncAPI_ExamplesFit(t *testing.T) {
	t.Parallel()
	for name, message := range at(t, tree(t, contract.AsyncAPI()), "components", "messages").(map[string]any) {
		list, _ := message.(map[string]any)["examples"].([]any)
		if len(list) == 0 {
			t.Errorf("%s has no example", name)
		}
		for _, e := range list {
			body, err := json.Marshal(at(t, e, "payload"))
			if err != nil {
				t.Fatal(err)
			}
			if err := CheckMessage(name, body); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestWebhooks_OneForEachEventType(t *testing.T) {
	t.Parallel()
	whole := tree(t, contract.OpenAPI())
	types := stringsOf(at(t, whole, "components", "schemas", "EventType", "enum"))
	hooks := at(t, whole, "webhooks").(map[string]any)
	if got := slices.Sorted(maps.Keys(hooks)); !slices.Equal(got, slices.Sorted(slices.Values(types))) {
		t.Errorf("webhooks are %v, event types are %v", got, types)
	}
	for name, hook := range hooks {
		example := at(t, hook, "post", "requestBody", "content", "application/json", "examples", "event", "$ref").(string)
		value := at(t, whole, "components", "examples", strings.TrimPrefix(example, "#/components/examples/"), "value")
		if got := at(t, value, "type"); got != name {
			t.Errorf("the example of %s is a %s", name, got)
		}
	}
}
