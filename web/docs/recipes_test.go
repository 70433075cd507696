package docs

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"sandbank/scenarios"
)

// The addresses are those of the recipes; scenarios and lines of a workflow are those that other tests run.
func TestRecipes_AreAsTheirFiles(t *testing.T) {
	t.Parallel()
	workflow, err := os.ReadFile("../../examples/ci/github.yml")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range recipes() {
		names = append(names, r.Name)
		for _, s := range r.Steps {
			for line := range strings.Lines(s.Code) {
				if s.File == "github.yml" && !strings.Contains(string(workflow), strings.TrimSpace(line)) {
					t.Errorf("%s: the workflow has no line %q", r.Name, line)
				}
				if file, is := strings.CutPrefix(strings.TrimSpace(line), merchant+"run scenarios/"); is {
					if _, err := fs.Stat(scenarios.Files(), file); err != nil {
						t.Errorf("%s runs %s: %v", r.Name, file, err)
					}
				}
			}
		}
	}
	if !slices.Equal(names, strings.Split(recipeNames, "|")) {
		t.Errorf("the recipes are %v, and their addresses %s", names, recipeNames)
	}
}

// Each page is found by its own title, before all others or among the first.
func TestSearch_FindsEachPageByItsTitle(t *testing.T) {
	t.Parallel()
	list := []section{
		{page: "Webhooks", title: "The schedule", words: terms("each try, until it is taken")},
		{page: "Webhooks", title: "Signatures", words: terms("a signature has a key; a schedule")},
		{page: "Money", title: "Payouts", words: terms("a payout's schedule, a schedule")},
	}
	found := find(list, terms("Schedule"))
	if len(found) != 3 || found[0].Title != "The schedule" || found[1].Title != "Payouts" {
		t.Errorf("found %+v", found)
	}
	if got := find(list, terms("schedule nowhere")); len(got) != 0 {
		t.Errorf("found %+v, and no section has both words", got)
	}
	if got := find(list, terms("  ")); len(got) != 0 {
		t.Errorf("found %+v of nothing", got)
	}
}

// A passage has what was looked for, marked, with some words around it.
func TestPassage_MarksTheWords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 60) + "a Signature here " + strings.Repeat("more ", 60)
	list := passage(long, terms("signa"))
	if len(list) != 3 || !list[1].Hit || list[1].Text != "Signature" || !strings.HasPrefix(list[0].Text, "… ") || !strings.HasSuffix(list[2].Text, " …") {
		t.Errorf("%+v", list)
	}
}

func TestSections_AreCutAtHeadings(t *testing.T) {
	t.Parallel()
	got := sections("/docs/x", []byte(`<main><nav>not this</nav><h1>Page</h1><p>first</p><section><h2 id="a">One</h2><p>text <code>of</code> one</p></section><article id="b"><div><h3>Two</h3></div>rest</article></main>`))
	want := []section{{page: "Page", title: "Page", url: "/docs/x", text: "first"}, {page: "Page", title: "One", url: "/docs/x#a", text: "text of one"}, {page: "Page", title: "Two", url: "/docs/x#b", text: "rest"}}
	if !slices.EqualFunc(got, want, func(a, b section) bool {
		return a.page == b.page && a.title == b.title && a.url == b.url && a.text == b.text
	}) {
		t.Errorf("%+v", got)
	}
}
