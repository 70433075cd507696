package docs

import (
	"bytes"
	"cmp"
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/net/html"

	"sandbank/fault"
	"sandbank/web/gate"
)

// maxFound bounds the passages of an answer; maxQuery, in bytes, what is looked for.
const (
	maxFound = 20
	maxQuery = 200
)

// Passage is a part of a page that a search has found.
type Passage struct {
	Page  string // the page's title
	Title string // the section's heading; the page's where it stands before the first one
	URL   string
	Text  []Span // what it says there
}

// Span is a piece of a passage. Hit marks a word that was looked for.
type Span struct {
	Text string
	Hit  bool
}

// String is the passage without marks.
func (p Passage) String() string {
	var b strings.Builder
	for _, s := range p.Text {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Search finds passages of the docs, the fittest first.
type Search func(query string) []Passage

// shelf has the pages that a search looks through, by address. Each is rendered once.
type shelf struct {
	paths []string
	html  map[string]func() ([]byte, error)
}

func (s *shelf) add(path string, html func() ([]byte, error)) {
	s.paths, s.html[path] = append(s.paths, path), html
}

// section is a part of a page from one heading to the next.
type section struct {
	page, title, url string
	text             string
	words            []string // of the text, in small letters
}

// search reads the pages when somebody searches first.
func (s *shelf) search() Search {
	read := sync.OnceValue(func() (list []section) {
		for _, path := range s.paths {
			if page, err := s.html[path](); err == nil {
				list = append(list, sections(path, page)...)
			}
		}
		return list
	})
	return func(query string) []Passage {
		if len(query) > maxQuery {
			return nil
		}
		return find(read(), terms(query))
	}
}

// find ranks the sections that have a word for each of those looked for, which may be its beginning.
func find(list []section, wanted []string) (found []Passage) {
	type hit struct {
		section
		score int
	}
	var hits []hit
	for _, s := range list {
		if n := score(s, wanted); n > 0 {
			hits = append(hits, hit{s, n})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	for _, h := range hits[:min(len(hits), maxFound)] {
		found = append(found, Passage{Page: h.page, Title: h.title, URL: h.url, Text: passage(h.text, wanted)})
	}
	return found
}

// score weighs where the words stand: in a heading far more than in a page's title, and there more than in a
// text. Once found, more of the same says little. It is 0 where one of the words is nowhere.
func score(s section, wanted []string) (sum int) {
	if len(wanted) == 0 {
		return 0
	}
	title, page := terms(s.title), terms(s.page)
	for _, w := range wanted {
		one := min(count(s.words, w), 5)
		if count(title, w) > 0 {
			one += 20
		}
		if count(page, w) > 0 {
			one += 8
		}
		if one == 0 {
			return 0
		}
		sum += one
	}
	return sum
}

func count(list []string, beginning string) (n int) {
	for _, w := range list {
		if strings.HasPrefix(w, beginning) {
			n++
		}
	}
	return n
}

// terms are those of a text, in small letters: runs of letters and digits.
func terms(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// The length of a passage, and of what stands before its first hit, in words.
const passageLength, passageBefore = 36, 8

// passage is the piece of a text with the most of the words that were looked for, all of them marked.
func passage(text string, wanted []string) (list []Span) {
	fields := strings.Fields(text)
	from := max(densest(fields, wanted)-passageBefore, 0)
	until := min(from+passageLength, len(fields))
	add := func(text string, hit bool) {
		if n := len(list); n > 0 && list[n-1].Hit == hit {
			list[n-1].Text += text
			return
		}
		list = append(list, Span{text, hit})
	}
	if from > 0 {
		add("… ", false)
	}
	for i, f := range fields[from:until] {
		if i > 0 {
			add(" ", false)
		}
		add(f, fits(f, wanted))
	}
	if until < len(fields) {
		add(" …", false)
	}
	return list
}

// densest is where the first piece begins that has the most of the words.
func densest(fields, wanted []string) (at int) {
	most := 0
	for i := range fields {
		if !fits(fields[i], wanted) {
			continue
		}
		n, piece := 0, fields[i:min(i+passageLength-passageBefore, len(fields))]
		for _, w := range wanted {
			if slices.ContainsFunc(piece, func(f string) bool { return fits(f, []string{w}) }) {
				n++
			}
		}
		if n > most {
			at, most = i, n
		}
	}
	return at
}

// fits reports whether a piece of a text has one of the words in it.
func fits(piece string, wanted []string) bool {
	return slices.ContainsFunc(terms(piece), func(w string) bool {
		return slices.ContainsFunc(wanted, func(beginning string) bool { return strings.HasPrefix(w, beginning) })
	})
}

// sections cuts a page at its headings. A heading's place is its own id, or that of what it heads.
func sections(path string, page []byte) (list []section) {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil
	}
	var text strings.Builder
	end := func() {
		if n := len(list); n > 0 {
			list[n-1].text = strings.Join(strings.Fields(text.String()), " ")
			list[n-1].words = terms(list[n-1].text)
		}
		text.Reset()
	}
	title := ""
	var walk func(n *html.Node, id string)
	walk = func(n *html.Node, id string) {
		switch {
		case n.Type == html.TextNode:
			text.WriteString(n.Data + " ")
			return
		case n.Type == html.ElementNode && (n.Data == "nav" || n.Data == "svg" || n.Data == "form" || n.Data == "button"):
			return
		case n.Type == html.ElementNode && (n.Data == "h1" || n.Data == "h2" || n.Data == "h3"):
			end()
			one := section{title: strings.Join(strings.Fields(said(n)), " "), url: path}
			if title == "" {
				title = one.title
			} else if at := cmp.Or(attribute(n, "id"), id); at != "" {
				one.url += "#" + at
			}
			one.page = title
			list = append(list, one)
			return
		}
		if own := attribute(n, "id"); own != "" {
			id = own
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, id)
		}
	}
	if main := find1(root, "main"); main != nil {
		for c := main.FirstChild; c != nil; c = c.NextSibling {
			walk(c, "")
		}
	}
	end()
	return list
}

// find1 is the first element of a name.
func find1(n *html.Node, name string) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == name {
			return d
		}
	}
	return nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// said is the text of an element.
func said(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// SearchView is what a search has found.
type SearchView struct {
	Frame
	Asked bool
	Found []Passage
}

// page answers a search of the docs. Its address keeps what was looked for.
func (find Search) page(w http.ResponseWriter, r *http.Request) {
	if err := gate.CheckTyped(r, []string{"q"}); err != nil {
		http.Error(w, fault.From(err).Error(), http.StatusBadRequest)
		return
	}
	q := strings.TrimSpace(gate.Query(r).Get("q"))
	v := SearchView{Frame: Frame{Section: "search", Query: q}, Asked: q != "", Found: find(q)}
	var out bytes.Buffer
	if err := pages().Render(&out, "search", v); err != nil {
		http.Error(w, "This page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = out.WriteTo(w) // the browser is gone if this fails
}

// mount adds the page.
func (find Search) mount(get func(string, http.Handler)) {
	get("/docs/search", http.HandlerFunc(find.page))
}
