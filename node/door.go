package node

import (
	"context"
	"net/http"
	"sync"
)

// door is before all routes. While it is closed, requests wait; closing it waits for those inside.
type door struct {
	mu   sync.RWMutex
	life *life // whose routes they are
}

// open leads to a life's routes from now on, of a door that is new or was closed.
func (d *door) open(l *life) { d.life = l }

type doorKey struct{}

// ServeHTTP implements [http.Handler]. A request ends with the life that it asks.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.through(w, r, func(l *life) http.Handler { return l.handler })
}

// stripe leads to the routes of Stripe's API.
func (d *door) stripe(w http.ResponseWriter, r *http.Request) {
	d.through(w, r, func(l *life) http.Handler { return l.foreign })
}

func (d *door) through(w http.ResponseWriter, r *http.Request, to func(*life) http.Handler) {
	d.mu.RLock()
	l, leave := d.life, sync.OnceFunc(d.mu.RUnlock)
	defer leave()
	ctx, end := context.WithCancel(context.WithValue(r.Context(), doorKey{}, leave))
	defer end()
	defer context.AfterFunc(l.ending, end)()
	to(l).ServeHTTP(w, r.WithContext(ctx))
}

// present is the life behind the door.
func (d *door) present() *life {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.life
}

// redirect leads plain HTTP to HTTPS.
func (d *door) redirect(w http.ResponseWriter, r *http.Request) {
	d.present().redirected.ServeHTTP(w, r)
}

// leaveDoor lets a request that closes the door not be waited for.
func leaveDoor(ctx context.Context) {
	if leave, ok := ctx.Value(doorKey{}).(func()); ok {
		leave()
	}
}
