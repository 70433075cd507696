package stripe

import (
	"strings"
	"testing"
)

// However the elements of a list are numbered, none is lost.
func TestParse_KeepsEveryElement(t *testing.T) {
	for form, want := range map[string]string{
		"e[]=a&e[]=b":                  "a b",
		"e[0]=a&e[1]=b":                "a b",
		"e[]=a&e[1]=b":                 "b a",
		"e[1]=b&e[]=a":                 "b a",
		"e[]=a&e[0]=b":                 "b a",
		"e[0]=a&e[]=b&e[1]=c&e[]=d":    "a c b d",
		"e[7]=a&e%5B%5D=b":             "a b",
		"e[][v]=a&e[][v]=b&e[0][v]=c":  "c a b",
		"e[0][v]=a&e[][w]=b&e[][v]=c":  "a c", // the second and third pair are one element
		"e[][v]=a&e[][w]=x&e[][v]=b&x": "a b",
	} {
		p, err := parse(form)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range p.list("e") {
			if c.value == "" {
				c = c.at("v")
			}
			got = append(got, c.value)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: the elements are %q, expected %q", form, got, want)
		}
	}
}
