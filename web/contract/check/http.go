// Package check holds traffic to the contract: requests and responses to
// openapi.yaml, messages and events to asyncapi.yaml. It is for tests, the
// project's and those of banks and shops in Go; the programs do without it and
// its validators.
//
// It is stricter than the contract where we speak ourselves: a member of a
// response or message that is not described is an error here, while readers are
// asked to ignore it.
package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"sandbank/web/contract"
)

// spec is openapi.yaml, ready to be asked.
type spec struct {
	doc    *openapi3.T
	router routers.Router
}

var openAPI = sync.OnceValue(func() spec {
	doc, err := openapi3.NewLoader().LoadFromData(closed(contract.OpenAPI().JSON))
	if err != nil {
		panic("contract/check: openapi.yaml: " + err.Error())
	}
	doc.Servers = nil // any host will do
	openapi3filter.RegisterBodyDecoder("text/event-stream", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/jsonl", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/yaml", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/graphql", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/xml", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/openmetrics-text", openapi3filter.PlainBodyDecoder)
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		panic("contract/check: openapi.yaml: " + err.Error())
	}
	return spec{doc, router}
})

// closed is a document in which every object that lists its members has no
// others, unless it says otherwise.
func closed(doc []byte) []byte {
	var tree any
	if err := json.Unmarshal(doc, &tree); err != nil {
		panic("contract/check: " + err.Error()) // package contract wrote it
	}
	closeObjects(tree)
	out, _ := json.Marshal(tree) // it was JSON before
	return out
}

func closeObjects(node any) {
	switch node := node.(type) {
	case map[string]any:
		_, lists := node["properties"]
		if _, says := node["additionalProperties"]; lists && !says && node["type"] == "object" {
			node["additionalProperties"] = false
		}
		for _, child := range node {
			closeObjects(child)
		}
	case []any:
		for _, child := range node {
			closeObjects(child)
		}
	}
}

var options = &openapi3filter.Options{
	IncludeResponseStatus: true,
	AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
}

// CheckRequest complains about a request that the contract does not allow:
// path, method, parameters, body. The body can be read again afterwards.
// Permissions are not checked.
func CheckRequest(r *http.Request) error {
	route, params, err := openAPI().router.FindRoute(r)
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	err = openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route, Options: options,
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.Method, route.Path, err)
	}
	return nil
}

// promised are the headers that mean something in the contract: none may come
// where it is not described.
var promised = []string{
	"Location", "Retry-After", "ETag", "Idempotency-Replayed", "Preference-Applied", "X-Request-Id", "WWW-Authenticate", "Allow",
}

// CheckResponse complains about a response that the contract does not describe:
// its status, its headers, its media type, its body. A 404 or 405 where there is
// no such path or method has to be the problem that the contract has for it.
func CheckResponse(r *http.Request, resp *http.Response, body []byte) error {
	route, params, err := openAPI().router.FindRoute(r)
	if err != nil {
		if route = unrouted(resp.StatusCode); route == nil {
			return fmt.Errorf("%s %s: %w, and yet %s", r.Method, r.URL.Path, err, resp.Status)
		}
	}
	where := fmt.Sprintf("%s %s: %d", r.Method, route.Path, resp.StatusCode)
	if err := checkHeaders(route.Operation, resp); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	err = openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 resp.StatusCode, Header: resp.Header, Options: options, Body: io.NopCloser(bytes.NewReader(body)),
	})
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", where, err, body)
	}
	if resp.Header.Get("Content-Type") == "application/jsonl" {
		return checkLines(where, body)
	}
	return nil
}

// checkLines complains about a line of a transcript that the contract does not describe.
func checkLines(where string, body []byte) error {
	schema := openAPI().doc.Components.Schemas["TranscriptLine"].Value
	for n, line := range bytes.Split(bytes.TrimSpace(body), []byte("\n")) {
		if len(line) == 0 {
			continue // nothing has happened
		}
		var v any
		err := json.Unmarshal(line, &v)
		if err == nil {
			err = schema.VisitJSON(v)
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %w\n%s", where, n+1, err, line)
		}
	}
	return nil
}

// unrouted is a stand-in route for an error that comes before routing; nil for any
// other status.
func unrouted(status int) *routers.Route {
	name := map[int]string{http.StatusNotFound: "NotFound", http.StatusMethodNotAllowed: "MethodNotAllowed"}[status]
	response := openAPI().doc.Components.Responses[name]
	if response == nil {
		return nil
	}
	return &routers.Route{
		Spec: openAPI().doc, Path: "(no route)",
		Operation: &openapi3.Operation{Responses: openapi3.NewResponses(openapi3.WithStatus(status, response))},
	}
}

func checkHeaders(op *openapi3.Operation, resp *http.Response) error {
	described := op.Responses.Status(resp.StatusCode)
	if described == nil {
		return fmt.Errorf("the status is not described")
	}
	for _, name := range promised {
		header := described.Value.Headers[name]
		sent := resp.Header.Values(name)
		switch {
		case header == nil && len(sent) > 0:
			return fmt.Errorf("the header %s is not described", name)
		case header != nil && header.Value.Required && len(sent) == 0:
			return fmt.Errorf("the header %s is missing", name)
		case len(sent) > 1:
			return fmt.Errorf("the header %s comes twice: %q", name, sent)
		}
	}
	if len(described.Value.Content) == 0 && slices.Contains([]int{http.StatusNoContent, http.StatusNotModified}, resp.StatusCode) &&
		resp.ContentLength > 0 {
		return fmt.Errorf("there must be no body")
	}
	return nil
}
