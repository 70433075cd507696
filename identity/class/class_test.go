package class_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/identity/class"
	"sandbank/identity/guest"
)

// hand is a clock of the computer's that is moved by hand.
type hand struct {
	clock.Computer
	now time.Time
}

func (h *hand) Now() time.Time { return h.now }

// shelf keeps documents in memory.
type shelf map[string][]byte

func (s shelf) ChangeSecret(_ context.Context, name string, change func([]byte) ([]byte, error)) (_ []byte, err error) {
	s[name], err = change(s[name])
	return s[name], err
}

func (s shelf) Secret(_ context.Context, name string, make func() ([]byte, error)) (_ []byte, err error) {
	if s[name] == nil {
		s[name], err = make()
	}
	return s[name], err
}

func newClass(t *testing.T, most int) (*class.Class, *identity.Registry, *hand) {
	t.Helper()
	registry, at := identity.NewRegistry(identity.DemoShop), &hand{now: time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)}
	book, err := guest.New(t.Context(), guest.Config{Shelf: shelf{}, Registry: registry, Clock: at, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return class.New(class.Config{Most: most, Life: time.Hour, Clock: at, Merchants: book}), registry, at
}

func TestClass_JoinsInOneStep(t *testing.T) {
	t.Parallel()
	k, registry, _ := newClass(t, 2)
	code, _ := k.Code()
	if len(code) != 6 || strings.ContainsAny(code, "01IOL") {
		t.Errorf("the code %q is hard to read", code)
	}
	s, token, err := k.Join(t.Context(), strings.ToLower(code[:3])+" - "+code[3:])
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := registry.Merchant(s.Merchant.ID); !ok || m.Name == "" {
		t.Errorf("the student's merchant is %+v, %t", m, ok)
	}
	if _, ok := registry.Client(s.Merchant.ID); ok {
		t.Error("a student has a client")
	}
	if again, ok := k.Student(token); !ok || again != s {
		t.Errorf("the token is of %+v, %t", again, ok)
	}
	for _, wrong := range []string{"", token[:10], token + "x", code} {
		if _, ok := k.Student(wrong); ok {
			t.Errorf("%q is somebody's token", wrong)
		}
	}
	for _, wrong := range []string{"", code[:5], code + "A", "AAAAAA" + code} {
		if _, _, err := k.Join(t.Context(), wrong); fault.Code(err) != "class_code_wrong" {
			t.Errorf("%q: expected class_code_wrong, got %v", wrong, err)
		}
	}
	if _, _, err := k.Join(t.Context(), code); err != nil {
		t.Error(err)
	}
	if _, _, err := k.Join(t.Context(), code); fault.Code(err) != "class_full" {
		t.Errorf("one too many: expected class_full, got %v", err)
	}
}

func TestClass_EndsByItselfAndByHand(t *testing.T) {
	t.Parallel()
	k, registry, at := newClass(t, 10)
	for _, end := range []func(){func() { at.now = at.now.Add(time.Hour) }, k.End} {
		code, _ := k.Code()
		s, token, err := k.Join(t.Context(), code)
		if err != nil {
			t.Fatal(err)
		}
		end()
		if _, ok := k.Student(token); ok || len(k.Students()) != 0 || k.Right(code) {
			t.Error("after the end the student, or the code, is of the class still")
		}
		if _, ok := registry.Merchant(s.Merchant.ID); ok {
			t.Error("after the end the student's merchant is there still")
		}
	}
	if _, ok := registry.Merchant(identity.DemoShop.Merchant.ID); !ok {
		t.Error("a merchant with a client went with the class")
	}
}
