package dashboard

import (
	"net/http"

	"github.com/gorilla/mux"

	"sandbank/identity"
	"sandbank/look"
)

// mountLetters adds the dead letters, with the only buttons of the dashboard:
// they take no post from another site.
func (d *Dashboard) mountLetters(r *mux.Router) {
	r.Handle("/dead-letters", look.SecureHeaders(d.needs(identity.ReadSimulator, d.letters))).Methods(http.MethodGet, http.MethodHead)
	own := http.NewCrossOriginProtection()
	for path, act := range map[string]func(*http.Request, string) error{
		"/dead-letters/{id}/replay":  func(r *http.Request, id string) error { return d.Processor.Replay(r.Context(), id) },
		"/dead-letters/{id}/discard": func(r *http.Request, id string) error { return d.Processor.Discard(r.Context(), id) },
	} {
		r.Handle(path, look.SecureHeaders(own.Handler(d.needs(identity.WriteLetters, func(w http.ResponseWriter, r *http.Request) error {
			if err := act(r, mux.Vars(r)["id"]); err != nil {
				return err
			}
			http.Redirect(w, r, "/dead-letters", http.StatusSeeOther)
			return nil
		})))).Methods(http.MethodPost)
	}
}

func (d *Dashboard) letters(w http.ResponseWriter, r *http.Request) error {
	list, count, err := d.Processor.Store.Letters(r.Context(), perPage)
	if err != nil {
		return err
	}
	v := LettersView{Frame: d.frame(r, "letters")}
	v.Frame.Letters = count
	for _, l := range list {
		letter := Letter{
			ID: l.ID, At: l.At, Queue: l.Queue, Reason: l.Reason, Type: l.Type, Deliveries: l.Deliveries,
			Headers: l.Headers, Payload: look.Visible(indent(l.Body)), DiscardURL: "/dead-letters/" + l.ID + "/discard",
		}
		if l.Exchange != "" || l.Key != "" {
			letter.ReplayURL = "/dead-letters/" + l.ID + "/replay"
		}
		v.Letters = append(v.Letters, letter)
	}
	return RenderLetters(w, v)
}
