package api

import (
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/identity/guest"
	"sandbank/web/gate"
)

// NewMerchant is the body of POST /sim/merchants, which may be left out.
type NewMerchant struct {
	Name             string `json:"name,omitempty"`
	ExpiresInSeconds *int   `json:"expires_in_seconds,omitempty"`
}

// OpenedMerchant is a merchant that was made at run time. Its client's id is its own.
type OpenedMerchant struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	ExpiresAt time.Time `json:"expires_at"`              // in the computer's time
	Secret    string    `json:"client_secret,omitempty"` // shown once
}

// MerchantList is the answer of GET /sim/merchants.
type MerchantList struct {
	Data []OpenedMerchant `json:"data"`
}

// usualName is what a merchant is called that nobody gave a name.
const usualName = "Visiting Shop"

// maxName bounds a merchant's name, in characters.
const maxName = 60

// check is the wish for a guest, at an instant.
func (m NewMerchant) check(now time.Time) (guest.Wish, error) {
	life, wrong := guest.Usual, fault.New(fault.Invalid, "request_invalid", "Some fields are not right.")
	if m.ExpiresInSeconds != nil {
		if n := *m.ExpiresInSeconds; n < int(guest.Shortest.Seconds()) || n > int(guest.Longest.Seconds()) {
			wrong = wrong.At("/expires_in_seconds", fmt.Sprintf("must be from %.0f to %.0f", guest.Shortest.Seconds(), guest.Longest.Seconds()))
		} else {
			life = time.Duration(n) * time.Second
		}
	}
	if m.Name == "" {
		m.Name = usualName
	}
	if utf8.RuneCountInString(m.Name) > maxName || strings.TrimSpace(m.Name) != m.Name || strings.ContainsFunc(m.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		wrong = wrong.At("/name", fmt.Sprintf("must be at most %d characters that can be seen, without spaces around them", maxName))
	}
	if len(wrong.Fields) > 0 {
		return guest.Wish{}, wrong
	}
	return guest.Wish{Kind: guest.ForScenario, Name: m.Name, Until: now.Add(life)}, nil
}

func opened(g identity.Guest) OpenedMerchant {
	return OpenedMerchant{ID: g.ID, Name: g.Merchant.Name, ExpiresAt: g.Until.UTC()}
}

func (a *API) openMerchant(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	var body NewMerchant
	if err := decodeIfAny(r, &body); err != nil {
		return err
	}
	wish, err := body.check(a.Computer.Now())
	if err != nil {
		return err
	}
	if err := a.Processor.MerchantsOff(); err != nil {
		return err
	}
	g, err := a.Guests.Open(r.Context(), wish)
	if err != nil {
		return err
	}
	audit.Of(r.Context()).About(g.ID)
	m := opened(g)
	m.Secret = g.Secret.Reveal()
	w.Header().Set("Location", "/sim/merchants/"+g.ID)
	return gate.Reply(w, http.StatusCreated, m)
}

func (a *API) listMerchants(w http.ResponseWriter, _ *http.Request, _ gate.Call) error {
	list := MerchantList{Data: []OpenedMerchant{}}
	for _, g := range a.Guests.List() {
		list.Data = append(list.Data, opened(g))
	}
	return gate.Reply(w, http.StatusOK, list)
}

func (a *API) getMerchant(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	g, err := a.Guests.Find(mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	return gate.Reply(w, http.StatusOK, opened(g))
}

func (a *API) endMerchant(w http.ResponseWriter, r *http.Request, _ gate.Call) error {
	id := mux.Vars(r)["id"]
	audit.Of(r.Context()).About(id)
	if err := a.Guests.End(r.Context(), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
