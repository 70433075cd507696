package dashboard

import (
	"net/http"

	"github.com/gorilla/mux"
)

// scenario lets a payment be taken along as a scenario file that brings it about again.
func (d *Dashboard) scenario(w http.ResponseWriter, r *http.Request) error {
	id := mux.Vars(r)["id"]
	file, err := d.Processor.Scenario(r.Context(), d.reach(r), id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Content-Disposition", `attachment; filename="`+id+`.yaml"`)
	_, _ = w.Write(file) // the viewer may be gone
	return nil
}
