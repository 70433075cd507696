package api

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"sandbank/audit"
	"sandbank/identity"
	"sandbank/identity/guest"
	"sandbank/payment/form"
	"sandbank/web/gate"
)

// NewMerchant is the body of POST /sim/merchants, which may be left out.
type NewMerchant struct {
	Name             *string `json:"name,omitempty"`
	ExpiresInSeconds *int    `json:"expires_in_seconds,omitempty"`
}

// OpenedMerchant is a merchant that was made at run time. Its client's id is its own.
type OpenedMerchant struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	ExpiresAt time.Time `json:"expires_at"`              // in the computer's time
	Secret    string    `json:"client_secret,omitempty"` // shown once
	DialectKeys
}

// DialectKeys are the keys of a client in other APIs, which follow from its secret.
type DialectKeys struct {
	StripeSecret      string `json:"stripe_secret_key,omitempty"`
	StripePublishable string `json:"stripe_publishable_key,omitempty"`
	Mollie            string `json:"mollie_api_key,omitempty"`
}

// MerchantList is the answer of GET /sim/merchants.
type MerchantList struct {
	Data []OpenedMerchant `json:"data"`
}

// usualName is what a merchant is called that nobody gave a name.
const usualName = "Visiting Shop"

// check is the wish for a guest, at an instant.
func (m NewMerchant) check(now time.Time) (guest.Wish, error) {
	name, life, wrong := usualName, guest.Usual, form.Problem()
	if m.Name != nil {
		name = *m.Name
		form.MerchantName.Check(wrong, "/name", name)
	}
	if m.ExpiresInSeconds != nil {
		guestLife.Check(wrong, "/expires_in_seconds", *m.ExpiresInSeconds)
		life = time.Duration(*m.ExpiresInSeconds) * time.Second
	}
	return guest.Wish{Kind: guest.ForScenario, Name: name, Until: now.Add(life)}, form.Found(wrong)
}

// guestLife is how many seconds a merchant may be there that was made at run time.
var guestLife = form.Number{Min: int(guest.Shortest / time.Second), Max: int(guest.Longest / time.Second)}

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
	m.Secret, m.DialectKeys = g.Secret.Reveal(), a.Keys(g.Client)
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
