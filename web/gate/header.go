package gate

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// This file reads headers by their grammars (RFC 9110, section 5.6): names without
// regard to case, values quoted or bare, commas and semicolons inside quotes as part
// of the text, and lists over several lines as one.

// item is one element of a list: a value, or a name with one, and its parameters.
type item struct {
	name, value string            // name in lower case; value "" where there is none
	parameters  map[string]string // names in lower case
}

// items reads a header that is a list.
func items(h http.Header, name string) (list []item) {
	for _, element := range split(strings.Join(h.Values(name), ","), ',') {
		parts := split(element, ';')
		one := item{parameters: map[string]string{}}
		one.name, one.value = assigned(parts[0])
		for _, part := range parts[1:] {
			if key, value := assigned(part); key != "" {
				if _, twice := one.parameters[key]; !twice {
					one.parameters[key] = value
				}
			}
		}
		if one.name != "" {
			list = append(list, one)
		}
	}
	return list
}

// split cuts at a separator that is in no quoted string.
func split(s string, at byte) (list []string) {
	quoted, begin := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == at && !quoted:
			list = append(list, s[begin:i])
			begin = i + 1
		}
	}
	return append(list, s[begin:])
}

// assigned reads name, or name=value, with the white space that RFC 7240 allows.
func assigned(s string) (name, value string) {
	name, value, _ = strings.Cut(s, "=")
	return strings.ToLower(strings.TrimSpace(name)), unquoted(strings.TrimSpace(value))
}

// unquoted is the text of a quoted string (RFC 9110, section 5.6.4), or of a token.
func unquoted(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i+1 < len(s)-1 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// weight is an element's q (RFC 9110, section 12.4.2); what is none counts as 1.
func (i item) weight() float64 {
	q, ok := i.parameters["q"]
	if !ok {
		return 1
	}
	if w, err := strconv.ParseFloat(q, 64); err == nil && w >= 0 && w <= 1 {
		return w
	}
	return 1
}

// Prefers is the media type among those offered that a request accepts most; between
// equals the one offered first. It is "" where the request accepts none of them, and
// the first where it has no Accept header (RFC 9110, section 12.5.1).
func Prefers(r *http.Request, offered ...string) string {
	ranges := items(r.Header, "Accept")
	if len(ranges) == 0 {
		return offered[0]
	}
	best, most := "", 0.0
	for _, media := range offered {
		if w := acceptance(ranges, media); w > most {
			best, most = media, w
		}
	}
	return best
}

// acceptance is the weight of a media type by the most specific range that has it.
func acceptance(ranges []item, media string) (weight float64) {
	kind, _, _ := strings.Cut(media, "/")
	closest := 0
	for _, r := range ranges {
		near := map[string]int{"*/*": 1, "*": 1, kind + "/*": 2, media: 3}[r.name]
		if near > closest {
			closest, weight = near, r.weight()
		}
	}
	return weight
}

// Names reports whether a request asks for a media type by name: browsers name
// text/html, programs that take anything do not.
func Names(r *http.Request, media string) bool {
	for _, one := range items(r.Header, "Accept") {
		if one.name == media {
			return one.weight() > 0
		}
	}
	return false
}

// PreferredWait is the wait of a Prefer header (RFC 7240, section 4.3), at most the
// longest; 0 for none. Of several preferences of one name the first counts, and an
// unreadable one is ignored.
func PreferredWait(r *http.Request, longest time.Duration) time.Duration {
	for _, one := range items(r.Header, "Prefer") {
		if one.name != "wait" {
			continue
		}
		seconds, err := strconv.ParseUint(one.value, 10, 63)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return 0
		}
		return time.Duration(min(seconds, uint64(longest/time.Second))) * time.Second // bounded first: the product might not fit
	}
	return 0
}

// HasETag reports whether If-None-Match names a representation, in the weak
// comparison that it asks for (RFC 9110, section 13.1.2), and whether it is there.
func HasETag(r *http.Request, etag string) (named, sent bool) {
	lines := r.Header.Values("If-None-Match")
	for _, one := range split(strings.Join(lines, ","), ',') {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(etag, "W/") {
			named = true
		}
	}
	return named, len(lines) > 0
}
