// Package lifecycle starts and stops the parts of a program in the order of their needs.
//
// A part names the parts it needs. It starts after those, and stops before them, so the order of
// both is a consequence and stands nowhere by itself. Every goroutine that a part starts with
// Run belongs to its group, whose Stop waits for it.
//
//	needs    store ◀── processor ◀── results ◀── http ◀── shop
//	start    store ──▶ processor ──▶ results ──▶ http ──▶ shop
//	stop     shop  ──▶ http ──▶ results ──▶ processor ──▶ store
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Part is one part of a program. Every function may be nil.
type Part struct {
	Name  string
	Needs []string // names of the parts that this one cannot work without
	// Start sets the part to work and returns. Its error ends the start of the group.
	Start func(ctx context.Context) error
	// Run works until ctx ends, in a goroutine of the group's that begins after Start.
	Run func(ctx context.Context)
	// Stop asks a started part to end, before the context of Run does. It may take as long as ctx.
	Stop func(ctx context.Context)
	// Close gives back the part's resources since it was made, also if it never started.
	Close func() error
}

// Group is parts that start and stop together. It is safe for concurrent use.
type Group struct {
	mu      sync.Mutex
	members []*member
	started bool
	ending  bool
	done    chan struct{} // every member has ended
	failed  []error       // of Close
}

// member is a part in a group.
type member struct {
	Part
	started bool
	cancel  context.CancelFunc
	ran     chan struct{} // Run has returned
	gone    chan struct{} // the part has stopped and is closed
}

// New makes a group without parts.
func New() *Group { return &Group{done: make(chan struct{})} }

// Add adds parts, in any order. It is to be called before Start.
func (g *Group) Add(parts ...Part) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range parts {
		g.members = append(g.members, &member{Part: p, gone: make(chan struct{})})
	}
}

// ErrStarted is what Start returns for a group that was started, or stopped, before.
var ErrStarted = errors.New("lifecycle: the group was started or stopped before")

// Start starts the parts, each after those it needs. It refuses a group in which two parts have
// one name, a needed part is missing, or parts need each other in a circle. After any error
// the caller calls Stop, which ends the parts that were started.
func (g *Group) Start(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.started || g.ending {
		return ErrStarted
	}
	g.started = true
	order, err := g.order()
	if err != nil {
		return err
	}
	for _, m := range order {
		if err := m.start(ctx); err != nil {
			return fmt.Errorf("start %s: %w", m.Name, err)
		}
	}
	return nil
}

// Order returns the parts' names in the order in which they start.
func (g *Group) Order() ([]string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	order, err := g.order()
	names := make([]string, len(order))
	for i, m := range order {
		names[i] = m.Name
	}
	return names, err
}

// order sorts the members so that each stands after those it needs, and otherwise as they were
// added. The caller holds the lock.
func (g *Group) order() ([]*member, error) {
	placed, known := map[string]bool{}, map[string]bool{}
	for _, m := range g.members {
		if known[m.Name] {
			return nil, fmt.Errorf("lifecycle: two parts are named %q", m.Name)
		}
		known[m.Name] = true
	}
	for _, m := range g.members {
		for _, need := range m.Needs {
			if !known[need] {
				return nil, fmt.Errorf("lifecycle: %q needs %q, which there is not", m.Name, need)
			}
		}
	}
	var order []*member
	for len(order) < len(g.members) {
		next := slices.IndexFunc(g.members, func(m *member) bool {
			return !placed[m.Name] && !slices.ContainsFunc(m.Needs, func(need string) bool { return !placed[need] })
		})
		if next < 0 {
			return nil, fmt.Errorf("lifecycle: parts need each other in a circle: %s", strings.Join(g.names(func(m *member) bool { return !placed[m.Name] }), ", "))
		}
		order, placed[g.members[next].Name] = append(order, g.members[next]), true
	}
	return order, nil
}

func (g *Group) names(which func(*member) bool) (list []string) {
	for _, m := range g.members {
		if which(m) {
			list = append(list, m.Name)
		}
	}
	return list
}

func (m *member) start(ctx context.Context) error {
	if m.Start != nil {
		if err := m.Start(ctx); err != nil {
			return err
		}
	}
	m.started = true
	if m.Run != nil {
		life, cancel := context.WithCancel(context.WithoutCancel(ctx))
		m.cancel, m.ran = cancel, make(chan struct{})
		go func() {
			defer close(m.ran)
			m.Run(life)
		}()
	}
	return nil
}
