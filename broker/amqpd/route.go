package amqpd

import (
	"reflect"
	"strings"
)

// route returns the queues that a message goes to, each once, however many
// bindings lead there.
func (s *Server) route(x *exchange, m *message) []*queue {
	s.visit++
	return s.follow(x, m, nil)
}

// follow collects the queues reached through x that were not seen before.
func (s *Server) follow(x *exchange, m *message, out []*queue) []*queue {
	if x.seen == s.visit {
		return out
	}
	x.seen = s.visit
	if x.name == "" {
		if q := s.queues[m.key]; q != nil {
			out = s.arrive(q, out)
		}
		return out
	}
	matched := false
	candidates := x.bindings
	if x.kind == kindDirect {
		candidates = x.byKey[m.key]
	}
	for _, b := range candidates {
		if !b.matches(m) {
			continue
		}
		matched = true
		if b.queue != nil {
			out = s.arrive(b.queue, out)
		} else {
			out = s.follow(b.target, m, out)
		}
	}
	if other := s.exchanges[x.alternate]; !matched && x.alternate != "" && other != nil {
		return s.follow(other, m, out)
	}
	return out
}

func (s *Server) arrive(q *queue, out []*queue) []*queue {
	if q.seen == s.visit {
		return out
	}
	q.seen = s.visit
	return append(out, q)
}

// matches reports whether the binding accepts the message; the keys of a direct
// exchange were compared before.
func (b *binding) matches(m *message) bool {
	switch b.source.kind {
	case kindTopic:
		return matchTopic(b.words, m.key)
	case kindHeaders:
		return matchHeaders(b.args, m.headers)
	}
	return true
}

// matchTopic matches a pattern, in which "*" is one word and "#" any number of
// words, against a routing key. A "#" first takes no word and gets one more each
// time the rest fails; only the last "#" needs trying again, so the cost is at
// most words × key for any pattern. The empty key has no words, not one empty
// word.
func matchTopic(words []string, key string) bool {
	rest, more := key, key != "" // more: rest still holds a word, perhaps an empty one
	at := 0
	retryAt, retryRest, retryMore := -1, "", false
	for more || at < len(words) {
		switch {
		case at < len(words) && words[at] == "#":
			at++
			retryAt, retryRest, retryMore = at, rest, more
			continue
		case more && at < len(words):
			word, tail, next := strings.Cut(rest, ".")
			if words[at] == "*" || words[at] == word {
				at, rest, more = at+1, tail, next
				continue
			}
		}
		if retryAt < 0 || !retryMore {
			return false
		}
		_, retryRest, retryMore = strings.Cut(retryRest, ".")
		at, rest, more = retryAt, retryRest, retryMore
	}
	return true
}

// checkMatch returns a fault if x-match is not one of its four values.
func checkMatch(args table) error {
	v, ok := args.get("x-match")
	if !ok {
		return nil
	}
	switch v {
	case "all", "any", "all-with-x", "any-with-x":
		return nil
	}
	return failf(codePreconditionFailed, "Invalid x-match field value %v; expected all, any, all-with-x or any-with-x", v)
}

// matchHeaders compares a binding's arguments with a message's headers. An
// argument without a value asks only that the header exist.
func matchHeaders(args, headers table) bool {
	mode := args.text("x-match")
	one := strings.HasPrefix(mode, "any")
	withX := strings.HasSuffix(mode, "-with-x")
	for _, a := range args {
		if a.name == "x-match" || !withX && strings.HasPrefix(a.name, "x-") {
			continue
		}
		v, ok := headers.get(a.name)
		ok = ok && (a.value == nil || reflect.DeepEqual(a.value, v))
		if ok == one {
			return one
		}
	}
	return !one
}
