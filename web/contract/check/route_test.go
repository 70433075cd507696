package check

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"sandbank/audit"
	"sandbank/payment/form"
	"sandbank/web/api"
	"sandbank/web/gate"
	"sandbank/web/graph"
	"sandbank/web/stream"
)

// outside are the operations that package oauth serves; its tests of them are
// in live_test.go.
var outside = map[string]string{
	"POST /oauth/token":                           "basic",
	"POST /oauth/revoke":                          "basic",
	"POST /oauth/introspect":                      "basic",
	"GET /oauth/authorize":                        "open",
	"POST /oauth/authorize":                       "open",
	"GET /.well-known/jwks.json":                  "open",
	"GET /.well-known/oauth-authorization-server": "open",
}

// routes are those behind the gate, of all transports.
func routes() []gate.Route { return slices.Concat(stream.Routes(), graph.Routes(), api.Routes()) }

// Every route that changes something has a name in the audit log.
func TestRoutes_ThatChangeAreAudited(t *testing.T) {
	t.Parallel()
	for _, r := range routes() {
		reads := r.Method == http.MethodGet || r.Path == "/graphql" || strings.HasPrefix(r.Path, "/graphql/")
		if reads != (r.Action == "") {
			t.Errorf("%s %s is %q in the audit log", r.Method, r.Path, r.Action)
		}
		if r.Action != "" && !slices.Contains(audit.Actions(), r.Action) {
			t.Errorf("%s is not among the audit log's actions", r.Action)
		}
	}
}

func TestRoutes_AreTheDescribedOnes(t *testing.T) {
	t.Parallel()
	want := maps.Clone(outside)
	for _, r := range routes() {
		want[r.Method+" "+r.Path] = string(r.Needs)
	}
	got := map[string]string{}
	doc := openAPI().doc
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			security := op.Security
			if security == nil {
				security = &doc.Security
			}
			var schemes []string
			for _, requirement := range *security {
				schemes = append(schemes, slices.Sorted(maps.Keys(requirement))...)
			}
			who := fmt.Sprint(schemes)
			switch who {
			case "[]":
				who = string(gate.Open)
			case "[clientCredentials bearer]":
				who, _ = op.Extensions["x-permission"].(string)
			case "[basic]":
				who = "basic"
			}
			got[method+" "+path] = who
		}
	}
	for route, who := range want {
		if got[route] != who {
			t.Errorf("%s is for %q in the code, and for %q in openapi.yaml", route, who, got[route])
		}
	}
	for route := range got {
		if _, ok := want[route]; !ok {
			t.Errorf("%s is described and does not exist", route)
		}
	}
}

// A parameter of the query that the code takes is described, and the other way round.
func TestRoutes_QueriesAreDescribed(t *testing.T) {
	t.Parallel()
	for _, r := range routes() {
		item := openAPI().doc.Paths.Value(r.Path)
		var described []string
		for _, list := range []openapi3.Parameters{item.Parameters, item.GetOperation(r.Method).Parameters} {
			for _, p := range list {
				if p.Value.In == "query" {
					described = append(described, p.Value.Name)
				}
			}
		}
		taken := slices.Sorted(slices.Values(r.Query))
		if slices.Sort(described); !slices.Equal(taken, described) {
			t.Errorf("%s %s takes %q, and %q are described", r.Method, r.Path, taken, described)
		}
	}
}

// The bounds that the contract names are the rules of package form.
func TestRoutes_BoundsAreTheRules(t *testing.T) {
	t.Parallel()
	schemas := openAPI().doc.Components.Schemas
	property := func(schema, name string) *openapi3.Schema { return schemas[schema].Value.Properties[name].Value }
	for where, c := range map[string]struct {
		schema *openapi3.Schema
		rule   form.Text
	}{
		"NewPayment.reference":           {property("NewPayment", "reference"), form.Reference},
		"NewPayment.description":         {property("NewPayment", "description"), form.Description},
		"NewPayment.metadata's names":    {property("NewPayment", "metadata").PropertyNames.Value, form.MetadataKey},
		"NewPayment.metadata's values":   {property("NewPayment", "metadata").AdditionalProperties.Schema.Value, form.MetadataValue},
		"NewPayment.return_url":          {property("NewPayment", "return_url"), form.Text{Max: form.MaxURL}},
		"NewCapture.description":         {property("NewCapture", "description"), form.Description},
		"NewRefund.description":          {property("NewRefund", "description"), form.Description},
		"DisputeEvidence.evidence":       {property("DisputeEvidence", "evidence"), form.Evidence},
		"WriteOff.note":                  {property("WriteOff", "note"), form.Note},
		"NewDispute.reason":              {property("NewDispute", "reason"), form.DisputeReason},
		"NewWebhookEndpoint.url":         {property("NewWebhookEndpoint", "url"), form.Text{Max: form.MaxURL}},
		"NewWebhookEndpoint.description": {property("NewWebhookEndpoint", "description"), form.Description},
		"ChangedWebhookEndpoint.url":     {property("WebhookEndpointChange", "url"), form.Text{Max: form.MaxURL}},
	} {
		if c.schema.MaxLength == nil || int(*c.schema.MaxLength) != c.rule.Max || int(c.schema.MinLength) != c.rule.Min {
			t.Errorf("%s: %v to %v characters in openapi.yaml, %d to %d in package form", where, c.schema.MinLength, c.schema.MaxLength, c.rule.Min, c.rule.Max)
		}
	}
	tries := property("NewPayment", "attempts")
	if int(*tries.Min) != form.Attempts.Min || int(*tries.Max) != form.Attempts.Max || int(*property("NewPayment", "metadata").MaxProps) != form.MaxMetadata {
		t.Error("attempts or metadata have other bounds")
	}
	for _, p := range []struct {
		path, name string
		rule       form.Text
	}{
		{"/v1/payments", "reference", form.Reference}, {"/v1/audit", "actor", form.Search}, {"/v1/audit", "object", form.Search}, {"/v1/ledger/entries", "account", form.Name},
	} {
		schema := openAPI().doc.Paths.Value(p.path).Get.Parameters.GetByInAndName("query", p.name).Schema.Value
		if schema.MaxLength == nil || int(*schema.MaxLength) != p.rule.Max {
			t.Errorf("%s?%s has another bound in openapi.yaml than %d", p.path, p.name, p.rule.Max)
		}
	}
}

// The answers common to all operations with a token, a body or a variable in
// the path are described for each of them.
func TestRoutes_DescribeWhatAllCanAnswer(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for path, item := range openAPI().doc.Paths.Map() {
		for method, op := range item.Operations() {
			where := method + " " + path
			if op.OperationID == "" || ids[op.OperationID] || op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s needs an operationId of its own, a summary and one tag", where)
			}
			ids[op.OperationID] = true
			if _, ok := outside[where]; ok {
				continue
			}
			needed := []int{400, 500}
			if op.Security == nil {
				needed = append(needed, 401, 403)
			}
			if op.RequestBody != nil {
				needed = append(needed, 400, 413, 415)
			}
			if strings.Contains(path, "{") {
				needed = append(needed, 404)
			}
			for _, status := range needed {
				if op.Responses.Status(status) == nil {
					t.Errorf("%s does not describe its %d", where, status)
				}
			}
			for status, response := range op.Responses.Map() {
				if response.Value.Headers["X-Request-Id"] == nil {
					t.Errorf("%s %s does not describe X-Request-Id", where, status)
				}
			}
		}
	}
}

func TestRoutes_PathParametersAreDescribed(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`\{(\w+)\}`)
	for path, item := range openAPI().doc.Paths.Map() {
		for _, m := range name.FindAllStringSubmatch(path, -1) {
			if item.Parameters.GetByInAndName("path", m[1]) == nil {
				t.Errorf("%s: the parameter %s is not described", path, m[1])
			}
		}
	}
}
