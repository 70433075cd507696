package form

// Nearest is the choice that somebody who wrote word most likely meant, "" where
// none is near: at most a third of the word's characters differ, and two at least
// may.
func Nearest(word string, choices []string) string {
	best, least := "", max(2, len([]rune(word))/3)+1
	for _, choice := range choices {
		if d := distance([]rune(word), []rune(choice)); d < least {
			best, least = choice, d
		}
	}
	return best
}

// distance counts the characters to insert, leave out, replace or swap with their
// neighbor that make b of a (optimal string alignment).
func distance(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range b {
		rows[0][j+1] = j + 1
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			differ := 1
			if a[i-1] == b[j-1] {
				differ = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+differ)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
