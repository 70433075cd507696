package main

import (
	"regexp"
	"strings"
)

// entryName is how an entry of a list begins: the name of a client or person, and a colon.
var entryName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9@._-]{0,63}:`)

// entries are the entries of a list of flags such as ID:SECRET:NAME. A variable
// of the environment holds several of them in one text, a comma between. A comma
// inside a name or a secret separates nothing: the text after it is no entry.
func entries[T ~string](texts []T) (list []T) {
	for _, text := range texts {
		rest := string(text)
		for from := 0; ; {
			comma := strings.IndexByte(rest[from:], ',')
			if comma < 0 {
				break
			}
			at := from + comma
			if isEntry(rest[:at]) && isEntry(rest[at+1:]) {
				list, rest, from = append(list, T(rest[:at])), rest[at+1:], 0
				continue
			}
			from = at + 1
		}
		list = append(list, T(rest))
	}
	return list
}

func isEntry(text string) bool {
	return entryName.MatchString(text) && len(parts(text)) >= 3
}

// parts are the parts of an entry, between its colons. A colon before a space
// belongs to a name ("Shop: A"), and one after a backslash is literal anywhere.
func parts(text string) []string {
	list, part := []string{}, []byte{}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && strings.HasPrefix(text[i+1:], ":"):
			i++
			part = append(part, ':')
		case c == ':' && !strings.HasPrefix(text[i+1:], " "):
			list, part = append(list, string(part)), []byte{}
		default:
			part = append(part, c)
		}
	}
	return append(list, string(part))
}
