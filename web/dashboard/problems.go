package dashboard

import (
	"net/http"

	"github.com/gorilla/mux"

	"sandbank/fault"
	"sandbank/web/contract"
)

// problems lists the error codes of the API; the type of every problem detail
// leads to one of them.
func (d *Dashboard) problems(w http.ResponseWriter, r *http.Request) error {
	v := ProblemsView{Frame: d.frame(r, "")}
	for _, p := range contract.Problems() {
		v.Problems = append(v.Problems, ProblemLink{Code: p.Code, URL: "/problems/" + p.Code, Status: p.Status, Title: p.Title})
	}
	return RenderProblems(w, v)
}

func (d *Dashboard) problem(w http.ResponseWriter, r *http.Request) error {
	code := mux.Vars(r)["code"]
	p, ok := contract.FindProblem(code)
	if !ok {
		return fault.New(fault.NotFound, "problem_unknown", "There is no error code %q.", code)
	}
	return RenderProblem(w, ProblemView{
		Frame: d.frame(r, ""), Code: p.Code, Status: p.Status, StatusText: http.StatusText(p.Status),
		Title: p.Title, Meaning: p.Meaning, Fix: p.Fix,
	})
}
