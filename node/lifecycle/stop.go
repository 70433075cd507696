package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Stop stops the parts, each after those that need it; parts that do not need each other stop at
// the same time. It also closes parts that never started, returns the errors of Close, and may be
// called again: every call waits for the same end. When ctx ends before that, Stop returns an
// error that names the parts it waits for, which go on ending.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	if !g.ending {
		g.ending = true
		g.end(ctx)
	}
	g.mu.Unlock()
	select {
	case <-g.done:
		return errors.Join(g.failed...)
	case <-ctx.Done():
	}
	select {
	case <-g.done: // both at once count as ended
		return errors.Join(g.failed...)
	default:
		return fmt.Errorf("lifecycle: %w while these parts had not ended: %s", context.Cause(ctx), strings.Join(g.late(), ", "))
	}
}

// end begins the end of all members. A part ends when all that need it have; where the parts cannot
// be ordered, when all that were added later have.
func (g *Group) end(ctx context.Context) {
	failures := make(chan error, len(g.members))
	_, disorder := g.order()
	for i, m := range g.members {
		users := g.users(m.Name)
		if disorder != nil {
			users = g.members[i+1:]
		}
		go func() {
			for _, user := range users {
				<-user.gone
			}
			failures <- m.end(ctx)
			close(m.gone)
		}()
	}
	go func() {
		for range g.members {
			if err := <-failures; err != nil {
				g.failed = append(g.failed, err)
			}
		}
		close(g.done)
	}()
}

// users returns the members that need a part.
func (g *Group) users(name string) (list []*member) {
	for _, m := range g.members {
		if slices.Contains(m.Needs, name) {
			list = append(list, m)
		}
	}
	return list
}

func (m *member) end(ctx context.Context) error {
	if m.started && m.Stop != nil {
		m.Stop(ctx)
	}
	if m.cancel != nil {
		m.cancel()
		<-m.ran
	}
	if m.Close == nil {
		return nil
	}
	if err := m.Close(); err != nil {
		return fmt.Errorf("close %s: %w", m.Name, err)
	}
	return nil
}

// late names the parts that could have ended, since nothing needs them any more, and have not.
func (g *Group) late() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	gone := func(m *member) bool {
		select {
		case <-m.gone:
			return true
		default:
			return false
		}
	}
	return g.names(func(m *member) bool {
		return !gone(m) && !slices.ContainsFunc(g.users(m.Name), func(user *member) bool { return !gone(user) })
	})
}
