// Command shapes writes what the Stripe dialect has to know of Stripe's own OpenAPI
// document, which the module of stripe-mock carries: the members of each object with
// their empty values, and the names of the parameters that each route takes.
//
//	go run -C tools/stripemock ./shapes "$PWD/dialect/stripe/object/shapes.json"
package main

import (
	"bytes"
	"encoding/json"
	"log"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/stripe/stripe-mock/embedded"
)

// objects are the schemas that are written down.
var objects = []string{
	"account", "balance", "balance_amount", "balance_transaction", "billing_details", "charge", "charge_outcome", "checkout.session", "customer", "dispute",
	"dispute_evidence", "dispute_evidence_details", "item", "payment_intent", "payment_method", "payment_method_card", "payment_method_details_card", "payout", "price",
	"product", "refund", "test_helpers.test_clock", "webhook_endpoint",
}

// served are the routes whose parameters are written down.
var served = regexp.MustCompile(`^/v1/(account$|balance|charges|checkout/sessions|customers(/search|/\{customer\})?$|disputes|events|payment_intents|payment_methods|payouts|prices|products|refunds|test_helpers/(test_clocks|refunds)|webhook_endpoints)`)

type schema struct {
	Type       string            `json:"type"`
	Ref        string            `json:"$ref"`
	Nullable   bool              `json:"nullable"`
	Enum       []any             `json:"enum"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	AnyOf      []schema          `json:"anyOf"`
}

type operation struct {
	Parameters []struct {
		Name string `json:"name"`
		In   string `json:"in"`
	} `json:"parameters"`
	RequestBody struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

type document struct {
	Info struct {
		Version string `json:"version"`
	} `json:"info"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
	Paths map[string]map[string]operation `json:"paths"`
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: shapes FILE")
	}
	var d document
	if err := json.Unmarshal(embedded.OpenAPISpec, &d); err != nil {
		log.Fatal(err)
	}
	out := struct {
		Version    string              `json:"version"`
		Objects    map[string]any      `json:"objects"`
		Parameters map[string][]string `json:"parameters"`
	}{d.Info.Version, map[string]any{}, map[string][]string{}}
	for _, name := range objects {
		s, known := d.Components.Schemas[name]
		if !known {
			log.Fatalf("there is no schema %s", name)
		}
		out.Objects[name] = d.empty(s)
	}
	for path, operations := range d.Paths {
		if !served.MatchString(path) {
			continue
		}
		for method, o := range operations {
			out.Parameters[strings.ToUpper(method)+" "+path] = o.names()
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(out); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(os.Args[1], b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

// names are the parameters of a route, outside its path.
func (o operation) names() []string {
	names := map[string]bool{}
	for _, p := range o.Parameters {
		if p.In == "query" {
			names[p.Name] = true
		}
	}
	for _, body := range o.RequestBody.Content {
		for name := range body.Schema.Properties {
			names[name] = true
		}
	}
	list := slices.Sorted(maps.Keys(names))
	if list == nil {
		return []string{}
	}
	return list
}

// empty is a value of a schema that says nothing: each member that may be null is,
// and each that has to be there has the least value of its type.
func (d document) empty(s schema) any {
	if s.Ref != "" {
		s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	switch {
	case s.Nullable:
		return nil
	case len(s.Enum) == 1:
		return s.Enum[0]
	case s.Properties != nil || s.Type == "object":
		members := map[string]any{}
		for name, m := range s.Properties {
			switch {
			case m.Nullable:
				members[name] = nil
			case slices.Contains(s.Required, name):
				members[name] = d.empty(m)
			}
		}
		return members
	case s.Type == "array":
		return []any{}
	case s.Type == "boolean":
		return false
	case s.Type == "integer", s.Type == "number":
		return 0
	case len(s.AnyOf) > 0:
		return d.empty(s.AnyOf[0])
	}
	return ""
}
