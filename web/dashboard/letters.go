package dashboard

import (
	"net/http"

	"github.com/gorilla/mux"

	"sandbank/identity"
	"sandbank/web/look"
)

// settleLetter publishes a letter again, or forgets it.
func (d *Dashboard) settleLetter(replay bool) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		act := d.Processor.Discard
		if replay {
			act = d.Processor.Replay
		}
		if err := act(r.Context(), mux.Vars(r)["id"]); err != nil {
			return err
		}
		http.Redirect(w, r, "/dead-letters", http.StatusSeeOther)
		return nil
	}
}

func (d *Dashboard) letters(w http.ResponseWriter, r *http.Request) error {
	list, count, err := d.Processor.Letters(r.Context(), perPage)
	if err != nil {
		return err
	}
	v := LettersView{Frame: d.frame(r, "letters")}
	v.Frame.Letters = count
	may := d.may(r, identity.WriteLetters)
	for _, l := range list {
		letter := Letter{
			ID: l.ID, At: l.At, Queue: l.Queue, Reason: l.Reason, Type: l.Type, Deliveries: l.Deliveries,
			Headers: l.Headers, Payload: look.Visible(indent(l.Body)),
		}
		if may {
			letter.DiscardURL = "/dead-letters/" + l.ID + "/discard"
		}
		if may && (l.Exchange != "" || l.Key != "") {
			letter.ReplayURL = "/dead-letters/" + l.ID + "/replay"
		}
		v.Letters = append(v.Letters, letter)
	}
	return RenderLetters(w, v)
}
