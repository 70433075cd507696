package oauth

import (
	"slices"
	"strings"

	"sandbank/identity"
)

// scopesOf reads a scope parameter: permissions with one space between, each once.
func scopesOf(text string) ([]identity.Permission, *refusal) {
	if text == "" {
		return nil, nil
	}
	var list []identity.Permission
	for word := range strings.SplitSeq(text, " ") {
		p := identity.Permission(word)
		if !slices.Contains(identity.Permissions(), p) {
			return nil, invalid("invalid_scope", "%.40q is no scope here; scopes_supported in the metadata lists them.", word)
		}
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list, nil
}

// scopeFor is the scope that a client of a role gets for the scope it asks for; all
// of the role's for none. A permission beyond the role is refused and not left out,
// since the program relies on it.
func scopeFor(role identity.Role, asked string) (string, *refusal) {
	list, err := scopesOf(asked)
	if err != nil {
		return "", err
	}
	for _, p := range list {
		if !role.May(p) {
			return "", invalid("invalid_scope", "The role %s may not %s.", role, p)
		}
	}
	if len(list) == 0 {
		return role.Scope(), nil
	}
	return joined(list), nil
}

// common is the part of an app's scope that the person's role allows: the app
// does not know who will sign in.
func common(role identity.Role, asked string) string {
	list, err := scopesOf(asked)
	if err != nil {
		return ""
	}
	if len(list) == 0 {
		return role.Scope()
	}
	return joined(slices.DeleteFunc(list, func(p identity.Permission) bool { return !role.May(p) }))
}

func joined(list []identity.Permission) string {
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = string(p)
	}
	return strings.Join(words, " ")
}

// within is a scope that a refresh asks for; it may be narrower than the grant's,
// never wider (RFC 6749, section 6).
func within(granted, asked string) (string, *refusal) {
	list, err := scopesOf(asked)
	if err != nil || len(list) == 0 {
		return granted, err
	}
	for _, p := range list {
		if !slices.Contains(strings.Fields(granted), string(p)) {
			return "", invalid("invalid_scope", "%s was not granted.", p)
		}
	}
	return joined(list), nil
}
