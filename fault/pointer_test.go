package fault

import "testing"

// The names are those of RFC 6901, section 5.
func TestMember_EscapesAsTheStandardSays(t *testing.T) {
	for name, want := range map[string]string{
		"foo": "/a/foo", "": "/a/", "a/b": "/a/a~1b", "m~n": "/a/m~0n", "~1": "/a/~01", "c%d": "/a/c%d", " ": "/a/ ",
	} {
		if got := Member("/a", name); got != want {
			t.Errorf("pointed at the member %q of /a: want %s, got %s", name, want, got)
		}
	}
	if got := Element("/a", 10); got != "/a/10" {
		t.Errorf("pointed at element 10 of /a: want /a/10, got %s", got)
	}
}
