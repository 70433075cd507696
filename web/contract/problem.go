package contract

import (
	_ "embed" // the problems
	"slices"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed problems.yaml
var problemsSource []byte

// Surface is where a problem shows.
type Surface string

// The surfaces.
const (
	OnAPI   Surface = "api"   // a problem detail of the API
	OnPage  Surface = "page"  // words on a page, for a person
	OnOAuth Surface = "oauth" // an error of the token endpoint, in OAuth's own form
)

// Problem explains one code.
type Problem struct {
	Code    string   `yaml:"code"`
	Status  int      `yaml:"status"` // HTTP
	On      Surface  `yaml:"on"`
	Title   string   `yaml:"title"`
	Meaning string   `yaml:"meaning"`
	Fix     []string `yaml:"fix"` // what to do, one step each
}

var problems = sync.OnceValue(func() []Problem {
	var list []Problem
	if err := yaml.UnmarshalWithOptions(problemsSource, &list, yaml.Strict()); err != nil {
		panic("contract: problems.yaml: " + err.Error()) // the file is part of the program
	}
	return list
})

// Problems lists every problem that Sandbank reports: those of the API by
// status, then those of its pages.
func Problems() []Problem { return slices.Clone(problems()) }

// FindProblem finds a problem by its code.
func FindProblem(code string) (Problem, bool) {
	i := slices.IndexFunc(problems(), func(p Problem) bool { return p.Code == code })
	if i < 0 {
		return Problem{}, false
	}
	return problems()[i], true
}
