package identity

import (
	"crypto/sha256"
	"crypto/subtle"
	"sort"
	"sync"
	"time"

	"sandbank/clock"
	"sandbank/fault"
)

// Guest is a merchant that came at run time, and goes again. Its client has the merchant's id; without a secret,
// nobody acts as it.
type Guest struct {
	Client
	Until time.Time // when it goes, in the computer's time
}

// Registry knows the clients and merchants that it was made with, which do not change, and guests.
type Registry struct {
	clients   map[string]Client
	merchants map[string]Merchant

	mu     sync.RWMutex
	clock  clock.Computer
	guests map[string]Guest
	gone   int // how many guests have gone
	ask    func(id string)
}

// NewRegistry knows the given clients.
func NewRegistry(clients ...Client) *Registry {
	r := &Registry{clients: map[string]Client{}, merchants: map[string]Merchant{}, guests: map[string]Guest{}, clock: clock.Real{}}
	for _, c := range clients {
		if c.Role == "" {
			c.Role = RoleMerchant
		}
		if r.clients[c.ID] = c; c.Role.OfMerchant() {
			r.merchants[c.Merchant.ID] = c.Merchant
		}
	}
	return r
}

// Client finds a client by id.
func (r *Registry) Client(id string) (Client, bool) {
	if c, ok := r.clients[id]; ok {
		return c, true
	}
	if g, ok := r.guest(id); ok && g.Secret != "" {
		return g.Client, true
	}
	return Client{}, false
}

// Authenticate checks client credentials. A wrong id and a wrong secret get the
// same answer, in the same time.
func (r *Registry) Authenticate(id, secret string) (Client, error) {
	c, known := r.Client(id)
	got, want := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(c.Secret.Reveal()))
	if subtle.ConstantTimeCompare(got[:], want[:]) != 1 || !known {
		refused := fault.New(fault.Unauthenticated, "invalid_client", "The client id or secret is not right.")
		if r.clients[DemoShop.ID] == DemoShop {
			return Client{}, refused.Hinting("The development client is %q with the secret printed at start.", DemoShop.ID)
		}
		return Client{}, refused
	}
	return c, nil
}

// Merchant finds a merchant by id.
func (r *Registry) Merchant(id string) (Merchant, bool) {
	if m, ok := r.merchants[id]; ok {
		return m, true
	}
	g, ok := r.guest(id)
	return g.Merchant, ok
}

// guest finds a guest that is here. For one that is not known, whoever may know it is asked first.
func (r *Registry) guest(id string) (Guest, bool) {
	g, ok, ask := r.look(id)
	if !ok && ask != nil {
		ask(id)
		g, ok, _ = r.look(id)
	}
	return g, ok
}

func (r *Registry) look(id string) (g Guest, ok bool, ask func(string)) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	g, ok = r.guests[id]
	return g, ok && r.clock.Now().Before(g.Until), r.ask
}

// Until is when a client goes; false for one that stays.
func (r *Registry) Until(id string) (time.Time, bool) {
	g, ok, _ := r.look(id)
	return g.Until, ok
}

// Ask sets what is asked about an id that is not known, and may admit a guest, and by which clock guests go.
func (r *Registry) Ask(ask func(id string), by clock.Computer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ask, r.clock = ask, by
}

// Admit adds a guest. A client or merchant that the registry was made with is left as it is.
func (r *Registry) Admit(g Guest) {
	_, client := r.clients[g.ID]
	if _, merchant := r.merchants[g.Merchant.ID]; client || merchant {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.guests[g.ID] = g
}

// Dismiss removes a guest.
func (r *Registry) Dismiss(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, here := r.guests[id]; here {
		delete(r.guests, id)
		r.gone++
	}
}

// Guests lists the guests, with those whose time is up and who were not dismissed yet.
func (r *Registry) Guests() []Guest {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := make([]Guest, 0, len(r.guests))
	for _, g := range r.guests {
		list = append(list, g)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	return list
}

// Gone counts the guests that have been dismissed: what is remembered of who may do what is good while it is the same.
func (r *Registry) Gone() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.gone
}

// Clients lists the clients by id, without guests.
func (r *Registry) Clients() []Client {
	list := make([]Client, 0, len(r.clients))
	for _, c := range r.clients {
		list = append(list, c)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	return list
}
