package oauth

import (
	"testing"

	"sandbank/identity"
)

// An app that asks for a permission is shown to people with what it may do then.
func TestWords_DescribeEveryPermission(t *testing.T) {
	for _, p := range identity.Permissions() {
		if words[p] == "" {
			t.Errorf("%s: expected words that say what an app with it may do, got none", p)
		}
	}
}
