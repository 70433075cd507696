package look

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed templates/*.html
var layout embed.FS

// Set is the pages of one package: the shared skeleton, the package's own
// partials (templates/shared/*.html) and one template set per page
// (templates/*.html), each of which fills the blocks "title" and "content".
type Set struct {
	pages map[string]*template.Template
}

// MustParse reads the templates that a package has embedded. It panics on a
// fault, since they are part of the program.
func MustParse(own fs.FS) *Set {
	base := template.Must(template.New("").Funcs(funcs()).ParseFS(layout, "templates/*.html"))
	base = template.Must(base.ParseFS(own, "templates/shared/*.html"))
	names, err := fs.Glob(own, "templates/*.html")
	if err != nil {
		panic(err)
	}
	s := &Set{pages: make(map[string]*template.Template, len(names))}
	for _, name := range names {
		page := template.Must(template.Must(base.Clone()).ParseFS(own, name))
		s.pages[strings.TrimSuffix(path.Base(name), ".html")] = page
	}
	return s
}

// Render writes a whole page.
func (s *Set) Render(w io.Writer, page string, view any) error {
	return s.Fragment(w, page, "page", view)
}

// Fragment writes one named part of a page. Nothing reaches w unless all of it
// could be made, so a fault can still become an error page. A response without
// a content type gets HTML's.
func (s *Set) Fragment(w io.Writer, page, part string, view any) error {
	t, ok := s.pages[page]
	if !ok {
		return fmt.Errorf("look: there is no page %q", page)
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, part, view); err != nil {
		return fmt.Errorf("look: render %s: %w", page, err)
	}
	if rw, ok := w.(http.ResponseWriter); ok && rw.Header().Get("Content-Type") == "" {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	}
	_, err := out.WriteTo(w)
	return err
}
