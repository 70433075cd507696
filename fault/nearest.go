package fault

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// longestWord bounds what a near word is looked for, in bytes.
const longestWord = 64

// Nearest is the choice that somebody who wrote word most likely meant, whatever the case of its
// letters; "" where none is near: at most a third of the word's characters differ, and two at
// least may.
func Nearest[T ~string](word string, choices []T) (best T) {
	if word == "" || len(word) > longestWord {
		return ""
	}
	least := max(2, len([]rune(word))/3) + 1
	for _, choice := range choices {
		if d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(string(choice))); d < least {
			best, least = choice, d
		}
	}
	return best
}
