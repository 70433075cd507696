package guest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/identity/guest"
)

// hand is a clock of the computer's that is moved by hand.
type hand struct {
	clock.Computer
	now time.Time
}

func (h *hand) Now() time.Time { return h.now }

// shelf keeps documents in memory.
type shelf struct {
	mu   sync.Mutex
	docs map[string][]byte
}

func (s *shelf) ChangeSecret(_ context.Context, name string, change func([]byte) ([]byte, error)) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	doc, err := change(s.docs[name])
	if err == nil {
		s.docs[name] = doc
	}
	return doc, err
}

func (s *shelf) Secret(_ context.Context, name string, make func() ([]byte, error)) (_ []byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.docs[name] == nil {
		s.docs[name], err = make()
	}
	return s.docs[name], err
}

// users is a broker that notes who may listen.
type users struct {
	away bool
	here []string
}

func (u *users) Admit(_ context.Context, c identity.Client, fresh bool) error {
	if u.away {
		return errors.New("the broker is away")
	}
	if fresh {
		u.here = append(u.here, c.ID+" "+c.Secret.Reveal())
	}
	return nil
}

func (u *users) Dismiss(_ context.Context, id string) error {
	u.here = slices.DeleteFunc(u.here, func(s string) bool { return strings.HasPrefix(s, id+" ") })
	return nil
}

// side is a processor: a book with its registry.
type side struct {
	*guest.Book
	registry *identity.Registry
	gone     int
}

// town is processors on one shelf.
type town struct {
	*testing.T
	shelf *shelf
	clock *hand
	users *users
}

func newTown(t *testing.T) *town {
	return &town{t, &shelf{docs: map[string][]byte{}}, &hand{now: time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)}, &users{}}
}

func (t *town) processor() *side {
	t.Helper()
	s := &side{registry: identity.NewRegistry(identity.Development()...)}
	var err error
	s.Book, err = guest.New(t.Context(), guest.Config{
		Shelf: t.shelf, Registry: s.registry, Clock: t.clock, Broker: t.users, Shared: true, Log: slog.New(slog.DiscardHandler), Gone: func() { s.gone++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (t *town) open(s *side, life time.Duration) identity.Guest {
	t.Helper()
	g, err := s.Open(t.Context(), guest.Wish{Kind: guest.ForScenario, Name: "A Shop", Until: t.clock.now.Add(life)})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// A guest acts at every processor, at once and after a restart, and what is stored has not its secret.
func TestGuest_IsKnownToAll(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	here, there := w.processor(), w.processor()
	g := w.open(here, time.Hour)
	for name, s := range map[string]*side{"here": here, "there": there, "after a restart": w.processor()} {
		c, err := s.registry.Authenticate(g.ID, g.Secret.Reveal())
		if err != nil || c.Merchant != (identity.Merchant{ID: g.ID, Name: "A Shop"}) || c.Role != identity.RoleMerchant {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		for _, wrong := range []string{"", "x", g.Secret.Reveal() + "x", g.ID} {
			if _, err := s.registry.Authenticate(g.ID, wrong); fault.Code(err) != "invalid_client" {
				t.Errorf("%s: the secret %q came to %v", name, wrong, err)
			}
		}
		if list := s.List(); len(list) != 1 || list[0].ID != g.ID {
			t.Errorf("%s: the list is %+v", name, list)
		}
	}
	for name, doc := range w.shelf.docs {
		if strings.Contains(string(doc), g.Secret.Reveal()) {
			t.Errorf("%q has the secret", name)
		}
	}
	if want := []string{g.ID + " " + g.Secret.Reveal()}; !slices.Equal(w.users.here, want) {
		t.Errorf("the broker has %v", w.users.here)
	}
	if again := w.open(here, time.Hour); again.ID == g.ID || again.Secret == g.Secret {
		t.Error("two guests are alike")
	}
}

func TestGuest_GoesWhenItIsEndedOrItsTimeIsUp(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	here, there := w.processor(), w.processor()
	ended, late, stays := w.open(here, time.Hour), w.open(here, time.Minute), w.open(here, time.Hour)
	for _, g := range []identity.Guest{ended, late} {
		if _, ok := there.registry.Client(g.ID); !ok {
			t.Fatal("it is not known there")
		}
	}
	if err := there.End(t.Context(), ended.ID); err != nil { // the other processor ends it
		t.Fatal(err)
	}
	w.clock.now = w.clock.now.Add(time.Minute)
	if _, ok := here.registry.Client(late.ID); ok {
		t.Error("its time is up, and it is there")
	}
	for _, s := range []*side{here, there} {
		if err := s.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if list := s.List(); len(list) != 1 || list[0].ID != stays.ID || s.gone == 0 || s.registry.Gone() == 0 {
			t.Errorf("the list is %v, and it was told %d times", list, s.gone)
		}
	}
	if len(w.users.here) != 1 || !strings.HasPrefix(w.users.here[0], stays.ID) {
		t.Errorf("the broker has %v", w.users.here)
	}
	for _, id := range []string{ended.ID, late.ID, "demo-shop", "guest-aaaaaaaaaaaa", ""} {
		if err := here.End(t.Context(), id); fault.Code(err) != "merchant_not_found" {
			t.Errorf("ending %q came to %v", id, err)
		}
	}
}

func TestGuest_OfAClassHasNoCredentials(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	here, there := w.processor(), w.processor()
	g, err := here.Open(t.Context(), guest.Wish{Kind: guest.ForStudent, Name: "Calm Otter", Until: w.clock.now.Add(time.Hour), Silent: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*side{here, there} {
		if m, ok := s.registry.Merchant(g.ID); !ok || m.Name != "Calm Otter" {
			t.Errorf("the merchant is %+v, %t", m, ok)
		}
		if _, err := s.registry.Authenticate(g.ID, ""); fault.Code(err) != "invalid_client" {
			t.Errorf("no secret came to %v", err)
		}
		if err := s.End(t.Context(), g.ID); fault.Code(err) != "merchant_not_found" || len(s.List()) != 0 || len(w.users.here) != 0 {
			t.Errorf("it is listed, or ended as if it had credentials: %v, %v", err, s.List())
		}
	}
}

func TestGuest_Bounds(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	here := w.processor()
	for range guest.Most {
		w.open(here, time.Hour)
	}
	wish := guest.Wish{Kind: guest.ForScenario, Until: w.clock.now.Add(2 * time.Hour)}
	if _, err := w.processor().Open(t.Context(), wish); fault.Code(err) != "merchants_too_many" {
		t.Errorf("one too many came to %v", err)
	}
	w.clock.now = w.clock.now.Add(time.Hour)
	if _, err := here.Open(t.Context(), wish); err != nil || len(here.List()) != 1 || len(w.users.here) != 1 {
		t.Errorf("after their time: %v, %d are listed, and the broker has %d", err, len(here.List()), len(w.users.here))
	}
}

// Where the broker cannot be told, there is no guest.
func TestGuest_NeedsTheBroker(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	here := w.processor()
	w.users.away = true
	_, err := here.Open(t.Context(), guest.Wish{Kind: guest.ForScenario, Until: w.clock.now.Add(time.Hour)})
	if fault.Code(err) != "broker_unavailable" || len(here.registry.Guests()) != 0 || !slices.Equal(w.shelf.docs["guests"], []byte("[]")) {
		t.Errorf("%v; %v are there, and %s is kept", err, here.registry.Guests(), w.shelf.docs["guests"])
	}
}

// No id that has not a guest's form asks the store, and guesses do so rarely.
func TestGuest_GuessesDoNotAskTheStore(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	here, there := w.processor(), w.processor()
	g := w.open(here, time.Hour)
	for i := range 100 {
		there.registry.Client(fmt.Sprintf("guest-%d", i))
	}
	if _, ok := there.registry.Client(g.ID); !ok {
		t.Error("ids of another form have used up what may be asked")
	}
	for range 100 {
		there.registry.Client("guest-aaaaaaaaaaaa")
	}
	late := w.open(here, time.Hour)
	if _, ok := there.registry.Client(late.ID); ok {
		t.Error("there is no bound on what is asked")
	}
	if err := there.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := there.registry.Client(late.ID); !ok {
		t.Error("it is not known after a look")
	}
}
