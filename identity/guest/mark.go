package guest

import "strings"

// Mark is what the keys of a guest in other APIs have in them, so that whose they are is found without trying all; "" for a
// client that stays. It has letters and digits alone, which every such API takes.
func Mark(id string) string {
	kind, code, _ := strings.Cut(id, "-")
	if !ours(id) {
		return ""
	}
	return kind + code
}

// Marked is the id of the guest whose mark a text begins with; false where it begins with none.
func Marked(text string) (id string, marked bool) {
	for _, kind := range []string{ForScenario, ForStudent} {
		if code, is := strings.CutPrefix(text, kind); is && len(code) >= codeLength {
			id = kind + "-" + code[:codeLength]
			return id, ours(id)
		}
	}
	return "", false
}
