package check

import (
	"slices"
	"strings"
	"testing"

	"sandbank/web/contract"
)

// Generators put all components into one space of names, in some languages
// without regard to case.
func TestDocuments_ComponentsHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]contract.Document{"openapi": contract.OpenAPI(), "asyncapi": contract.AsyncAPI()} {
		components := at(t, tree(t, doc), "components").(map[string]any)
		seen := map[string]string{}
		for kind, list := range components {
			if name == "asyncapi" && kind != "schemas" {
				continue // a message is named as its payload there, in the tools as well
			}
			for component := range list.(map[string]any) {
				key := strings.ToLower(component)
				if other, taken := seen[key]; taken {
					t.Errorf("%s: %s/%s has the name of %s", name, kind, component, other)
				}
				seen[key] = kind + "/" + component
			}
		}
		if len(seen) < 20 {
			t.Errorf("%s: only %d components were found", name, len(seen))
		}
	}
}

// Generators' pitfalls: with some, a default makes a member of a body required;
// others make nothing of a choice whose alternatives do not exclude each other.
func TestOpenAPI_SuitsGenerators(t *testing.T) {
	t.Parallel()
	whole := tree(t, contract.OpenAPI())
	each(whole, "#", func(path string, object map[string]any) {
		if strings.Contains(path, "/examples/") {
			return
		}
		if _, found := object["anyOf"]; found {
			t.Errorf("%s: anyOf; say oneOf, or a schema that is true of all", path)
		}
		for _, word := range []string{"exclusiveMinimum", "exclusiveMaximum"} { // a number since 3.1, a boolean for some
			if _, found := object[word]; found {
				t.Errorf("%s: %s; say the bound in the description", path, word)
			}
		}
	})
	each(at(t, whole, "components", "schemas"), "#/components/schemas", func(path string, object map[string]any) {
		_, found := object["default"]
		if steps := strings.Split(path, "/"); found && slices.Contains(steps, "properties") && steps[len(steps)-1] != "properties" {
			t.Errorf("%s: a default; write it into the description", path)
		}
	})
}
