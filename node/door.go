package node

import (
	"context"
	"net/http"
	"sync"

	"sandbank/web/gate"
)

// door is before all routes. While it is closed, requests wait; closing it waits for those inside, but not for those that
// wait for news themselves: streams and long polls.
type door struct {
	mu      sync.RWMutex // held for reading by requests at work
	waiting sync.RWMutex // and by those that wait for news
	life    *life        // whose routes they are
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
	l, p := d.life, &passage{door: d, leave: d.mu.RUnlock}
	defer p.out()
	ctx, end := context.WithCancel(gate.Waiting(context.WithValue(r.Context(), doorKey{}, p), p.wait))
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

// passage is a request behind the door.
type passage struct {
	door  *door
	mu    sync.Mutex
	leave func() // nil once it has left
	waits bool
}

// wait has the request be one of those that wait for news. The one lock is taken before the other is left, so that a life
// that ends waits for it in any case.
func (p *passage) wait() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waits || p.leave == nil {
		return
	}
	p.door.waiting.RLock()
	p.leave()
	p.waits, p.leave = true, p.door.waiting.RUnlock
}

// out has the request not be waited for any more.
func (p *passage) out() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.leave != nil {
		p.leave()
		p.leave = nil
	}
}

// leaveDoor lets a request that closes the door not be waited for.
func leaveDoor(ctx context.Context) {
	if p, ok := ctx.Value(doorKey{}).(*passage); ok {
		p.out()
	}
}
