package docs

import (
	"html/template"
	"slices"
	"strings"

	"sandbank/web/contract"
)

// HTTPView is the first page of the HTTP reference: the guide, and where each operation is.
type HTTPView struct {
	Frame
	Text     template.HTML
	Chapters []Chapter
}

// Chapter is a page of the HTTP reference: the operations of one tag of the contract, with the shapes
// that only they use. The last has the shapes of several.
type Chapter struct {
	Frame
	Name       string
	Address    string // of its page
	Text       template.HTML
	Operations []Operation
	Hooks      *Hooks // of the chapter on webhooks
	Schemas    []Schema
	Others     []Chapter // all, for the way on; without others of their own
}

// Hooks is what webhooks are sent.
type Hooks struct {
	Operations []Operation
	Headers    []Field // of every webhook
	Answers    []Response
	Event      string // where the shape of what each is sent is described
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
	First        []Example // of the request, and of the answer to it
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

// httpPath is the address of the HTTP reference, and the beginning of its chapters'.
const httpPath = "/docs/http"

// httpReference makes the first page and the chapters.
func httpReference() (HTTPView, []Chapter) {
	m := maker{root: read(contract.OpenAPI())}
	homes := m.homes()
	m.home = func(schema string) string { return chapterPath(homes[schema]) }
	var chapters []Chapter
	for _, tag := range m.root.get("tags").items() {
		chapters = append(chapters, m.chapter(tag.get("name").text(), tag.get("description").text()))
	}
	chapters = append(chapters, Chapter{
		Frame: Frame{Section: "http"}, Name: shared, Address: chapterPath(shared), Text: markup("What the operations of several pages are sent, or answer with."),
	})
	for _, s := range m.schemas() {
		i := slices.IndexFunc(chapters, func(c Chapter) bool { return c.Name == homes[s.Name] })
		chapters[i].Schemas = append(chapters[i].Schemas, s)
	}
	// The test numbers are on the overview.
	text, _, _ := strings.Cut(m.root.get("info", "description").text(), "## Test cards")
	all := slices.Clone(chapters)
	for i := range chapters {
		chapters[i].Others = all
	}
	return HTTPView{Frame: Frame{Section: "http"}, Text: markup(text), Chapters: all}, chapters
}

func (m maker) chapter(name, text string) Chapter {
	c := Chapter{Frame: Frame{Section: "http"}, Name: name, Address: chapterPath(name), Text: markup(text)}
	for o := range m.operations() {
		if o.tag() == name {
			c.Operations = append(c.Operations, m.operation(o.method, o.path, o.node, o.shared))
		}
	}
	if name != "Webhooks" {
		return c
	}
	c.Hooks = &Hooks{Event: m.link("Event")}
	for _, hook := range m.root.get("webhooks").members() {
		op := m.operation("post", hook.name, hook.get("post"), node{})
		c.Hooks.Headers, c.Hooks.Answers = op.Parameters, op.Responses
		c.Hooks.Operations = append(c.Hooks.Operations, op)
	}
	return c
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
	out.takeFirst()
	return out
}

// takeFirst puts an example of the request and one of the answer before all else.
func (o *Operation) takeFirst() {
	take := func(title string, b *Body) {
		if b != nil && len(b.Examples) > 0 {
			o.First = append(o.First, Example{Title: title, Text: b.Examples[0].Text})
			b.Examples = b.Examples[1:]
		}
	}
	take("You send", o.Body)
	good := slices.IndexFunc(o.Responses, func(r Response) bool { return strings.HasPrefix(r.Status, "2") })
	if good >= 0 {
		take("The answer", o.Responses[good].Body)
	}
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
	b.Link = m.link(b.Schema)
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
