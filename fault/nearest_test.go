package fault_test

import (
	"strings"
	"testing"

	"sandbank/fault"
)

func TestNearest_IsWhatWasMeantOrNothing(t *testing.T) {
	t.Parallel()
	choices := []string{"approved", "declined", "limit", "reference", "payment.captured"}
	for word, want := range map[string]string{
		"aproved": "approved", "DECLINED": "declined", "limt": "limit", "lmiit": "limit", "refrence": "reference",
		"payment.paid": "", "bananas": "", "": "", "x": "", strings.Repeat("limit", 20): "",
	} {
		if got := fault.Nearest(word, choices); got != want {
			t.Errorf("the word nearest to %q is %q, expected %q", word, got, want)
		}
	}
}
