package docs

import (
	"iter"
	"net/http"
	"strings"
	"sync"

	"github.com/gorilla/mux"
)

// shared is the chapter of the shapes that several chapters use.
const shared = "Shapes"

func chapterPath(name string) string { return httpPath + "/" + anchor(name) }

// described is an operation as the contract has it, with the parameters of its path.
type described struct {
	method, path string
	node
	shared node
}

func (d described) tag() string { return d.get("tags").texts()[0] }

// operations are those of all paths.
func (m maker) operations() iter.Seq[described] {
	return func(yield func(described) bool) {
		for _, path := range m.root.get("paths").members() {
			for _, method := range path.members() {
				if method.name == "parameters" {
					continue
				}
				if !yield(described{method.name, path.name, method.node, path.get("parameters")}) {
					return
				}
			}
		}
	}
}

// homes say in which chapter each schema is shown: with the operations that use it, or, where those of
// several chapters do, in the one of its own.
func (m maker) homes() map[string]string {
	homes := map[string]string{}
	add := func(chapter string, parts ...node) {
		used := map[string]bool{}
		for _, part := range parts {
			m.reach(part, used)
		}
		for name := range used {
			if at, ok := homes[name]; ok && at != chapter {
				homes[name] = shared
			} else {
				homes[name] = chapter
			}
		}
	}
	for o := range m.operations() {
		add(o.tag(), o.node, o.shared)
	}
	add("Webhooks", m.root.get("webhooks"))
	for _, s := range m.root.get("components", "schemas").members() {
		if homes[s.name] == "" {
			homes[s.name] = shared
		}
	}
	return homes
}

// reach adds the schemas that a part of the document refers to, directly or through others.
func (m maker) reach(part node, used map[string]bool) {
	for _, item := range part.items() {
		m.reach(item, used)
	}
	for _, child := range part.members() {
		if child.name != "$ref" {
			m.reach(child.node, used)
			continue
		}
		name, isSchema := strings.CutPrefix(child.text(), "#/components/schemas/")
		if isSchema && used[name] {
			continue
		}
		if isSchema {
			used[name] = true
		}
		m.reach(part.resolve(m.root), used)
	}
}

// mountHTTP adds the pages of the HTTP reference, which are made together.
func mountHTTP(get func(path string, h http.Handler), all *shelf) {
	made := sync.OnceValues(httpReference)
	first := rendered("http", func() any { first, _ := made(); return first })
	all.add(httpPath, first)
	get(httpPath, page(first))
	chapters := sync.OnceValue(func() map[string]func() ([]byte, error) {
		_, list := made()
		pages := map[string]func() ([]byte, error){}
		for _, c := range list {
			pages[c.Address] = rendered("chapter", func() any { return c })
		}
		return pages
	})
	for name := range strings.SplitSeq(chapterNames, "|") {
		all.add(httpPath+"/"+name, func() ([]byte, error) { return chapters()[httpPath+"/"+name]() })
	}
	get(httpPath+"/{chapter:"+chapterNames+"}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page(chapters()[chapterPath(mux.Vars(r)["chapter"])]).ServeHTTP(w, r)
	}))
}

// chapterNames are the last parts of the chapters' addresses. They are written down, so that a start need
// not read the contract; a test holds them to it.
const chapterNames = "authorization|payments|money|settlement|ledger|simulator|banks|events|graphql|webhooks|audit|running|shapes"
