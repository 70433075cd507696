package oauth

import "sync"

// watchers wait for the end of tokens.
type watchers struct {
	mu   sync.Mutex
	open map[*watcher]bool
}

// watcher is one of them: of a stream that was opened with the token.
type watcher struct {
	token string
	ended func()
}

// Watch calls ended, once and at once, when a token is revoked: by itself, by its
// sign-in or by its key, here or on another processor. Tokens that expire are not
// watched. Ended must not wait for anything; stop has to be called, and may be
// after it.
func (s *Server) Watch(token string, ended func()) (stop func()) {
	w := &watcher{token, ended}
	s.watchers.mu.Lock()
	s.watchers.open[w] = true
	s.watchers.mu.Unlock()
	s.look(w) // it may have been taken back since it was checked
	return func() { s.watchers.done(w) }
}

// done forgets a watcher, and reports whether it was there.
func (l *watchers) done(w *watcher) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	there := l.open[w]
	delete(l.open, w)
	return there
}

// look tells a watcher whose token counts no more.
func (s *Server) look(w *watcher) {
	if _, err := s.read(w.token); err != nil && s.watchers.done(w) {
		w.ended()
	}
}

// Recheck ends what was opened with tokens of clients that have gone.
func (s *Server) Recheck() { s.lookAll() }

// lookAll is called whenever something was taken back.
func (s *Server) lookAll() {
	s.watchers.mu.Lock()
	list := make([]*watcher, 0, len(s.watchers.open))
	for w := range s.watchers.open {
		list = append(list, w)
	}
	s.watchers.mu.Unlock()
	for _, w := range list {
		s.look(w)
	}
}
