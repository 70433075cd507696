package docs

import (
	"html/template"
	"strings"

	"sandbank/web/contract"
)

// HTTPView is the reference of the HTTP contract.
type HTTPView struct {
	Frame
	Text     template.HTML
	Groups   []Group
	Webhooks []Operation
	Headers  []Field // of every webhook
	Answers  []Response
	Schemas  []Schema
}

// Group is the operations of one tag.
type Group struct {
	Name       string
	Anchor     string
	Text       template.HTML
	Operations []Operation
}

// Operation is one method of one path, or one webhook.
type Operation struct {
	Method, Path string
	Anchor       string
	Summary      string
	Text         template.HTML
	Access       string
	Parameters   []Field
	Body         *Body
	Responses    []Response
}

// Body is what is sent.
type Body struct {
	MediaType string
	Schema    string
	Link      string
	Examples  []Example
}

// Example is one body as it looks.
type Example struct {
	Title string
	Text  string
}

// Response is one answer.
type Response struct {
	Status  string
	Text    template.HTML
	Headers []string
	Body    *Body
	Codes   []string // of a problem, those shown as examples
}

func httpReference() HTTPView {
	m := maker{read(contract.OpenAPI())}
	// The test numbers are on the overview.
	text, _, _ := strings.Cut(m.root.get("info", "description").text(), "## Test cards")
	v := HTTPView{Frame: Frame{Section: "http"}, Text: markup(text), Schemas: m.schemas()}
	for _, tag := range m.root.get("tags").items() {
		name := tag.get("name").text()
		v.Groups = append(v.Groups, Group{Name: name, Anchor: anchor("tag " + name), Text: markup(tag.get("description").text())})
	}
	for _, path := range m.root.get("paths").members() {
		shared := path.get("parameters")
		for _, method := range path.members() {
			if method.name == "parameters" {
				continue
			}
			op := m.operation(method.name, path.name, method.node, shared)
			for i := range v.Groups {
				if v.Groups[i].Name == method.get("tags").texts()[0] {
					v.Groups[i].Operations = append(v.Groups[i].Operations, op)
				}
			}
		}
	}
	for _, hook := range m.root.get("webhooks").members() {
		op := m.operation("post", hook.name, hook.get("post"), node{})
		v.Headers, v.Answers = op.Parameters, op.Responses
		v.Webhooks = append(v.Webhooks, op)
	}
	return v
}

func (m maker) operation(method, path string, op, shared node) Operation {
	out := Operation{
		Method: strings.ToUpper(method), Path: path, Anchor: anchor(op.get("operationId").text()),
		Summary: op.get("summary").text(), Text: markup(op.get("description").text()), Access: m.access(op),
		Body: m.body(op.get("requestBody", "content")),
	}
	for _, list := range []node{shared, op.get("parameters")} {
		for _, p := range list.items() {
			p = p.resolve(m.root)
			f := m.field(p.get("name").text(), p.get("schema"))
			f.Place, f.Required = p.get("in").text(), p.get("required").text() == "true"
			if text := p.get("description").text(); text != "" {
				f.Text = markup(text)
			}
			out.Parameters = append(out.Parameters, f)
		}
	}
	for _, r := range op.get("responses").members() {
		out.Responses = append(out.Responses, m.response(r.name, r.resolve(m.root)))
	}
	return out
}

func (m maker) access(op node) string {
	security := op.get("security")
	if !security.there() {
		return "needs " + op.get("x-permission").text()
	}
	for _, s := range security.items() {
		if s.get("basic").there() {
			return "client id and secret"
		}
	}
	return "open"
}

func (m maker) response(status string, r node) Response {
	out := Response{Status: status, Text: markup(r.get("description").text()), Body: m.body(r.get("content"))}
	for _, h := range r.get("headers").members() {
		out.Headers = append(out.Headers, h.name)
	}
	if out.Body != nil && out.Body.Schema == "Problem" {
		for _, e := range r.get("content", "application/problem+json", "examples").members() {
			out.Codes = append(out.Codes, e.name)
		}
		out.Body = nil // every problem has the same body
	}
	return out
}

// body is the first, and in the contract the only, media type.
func (m maker) body(content node) *Body {
	list := content.members()
	if len(list) == 0 {
		return nil
	}
	media := list[0]
	b := &Body{MediaType: media.name, Schema: media.get("schema").ref()}
	b.Link = anchor(b.Schema)
	for _, e := range media.get("examples").members() {
		example := e.resolve(m.root)
		text := example.get("value").json("")
		if strings.HasSuffix(media.name, "urlencoded") {
			text = form(example.get("value"))
		}
		b.Examples = append(b.Examples, Example{Title: example.get("summary").text(), Text: text})
	}
	return b
}

func form(value node) string {
	var pairs []string
	for _, p := range value.members() {
		pairs = append(pairs, p.name+"="+p.text())
	}
	return strings.Join(pairs, "&")
}
