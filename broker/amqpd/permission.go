package amqpd

import (
	"crypto/sha256"
	"crypto/subtle"
)

// SetUser adds a user or replaces the one of that name. The new permissions
// apply at once to the user's open connections, which are not closed.
func (s *Server) SetUser(u User) error {
	compiled, err := compileUser(u)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[u.Name] = compiled
	return nil
}

// RemoveUser forgets a user. Its connections stay but may do nothing more.
func (s *Server) RemoveUser(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.users, name)
}

// authenticate reports whether the password is the user's.
func (s *Server) authenticate(name, password string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.users[name]
	known := ""
	if ok {
		known = u.password
	}
	// The check takes as long for an unknown name as for a wrong password of any
	// length.
	want, got := sha256.Sum256([]byte(known)), sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1 && ok
}

// permission is one of the three things a user may be allowed to do.
type permission string

const (
	mayConfigure permission = "configure"
	mayWrite     permission = "write"
	mayRead      permission = "read"
)

// allow returns a fault unless the connection's user has the permission on the
// named exchange or queue.
func (c *conn) allow(p permission, kind, name string) error {
	if u := c.server.users[c.user]; u != nil {
		asked := name
		if kind == "exchange" && name == "" {
			asked = "amq.default"
		}
		if u.on(p).matches(asked) {
			return nil
		}
	}
	return failf(codeAccessRefused, "%s access to %s '%s' in vhost '/' refused for user '%s'", p, kind, name, c.user)
}

func (u *user) on(p permission) pattern {
	switch p {
	case mayConfigure:
		return u.configure
	case mayWrite:
		return u.write
	default:
		return u.read
	}
}

// allowTopic checks the routing key where x is a topic exchange for which
// the user has a topic permission; otherwise everything is allowed.
func (c *conn) allowTopic(p permission, x *exchange, key string) error {
	u := c.server.users[c.user]
	if x.kind != kindTopic || u == nil {
		return nil
	}
	rules := u.topicRead
	if p == mayWrite {
		rules = u.topicWrite
	}
	if rule, ok := rules[x.name]; ok && !rule.matches(key) {
		return failf(codeAccessRefused, "%s access to topic '%s' in exchange '%s' in vhost '/' refused for user '%s'",
			p, key, x.name, c.user)
	}
	return nil
}
