package scenario

import (
	"maps"
	"strings"
)

// combination is one case of a matrix.
type combination struct {
	name   string
	params map[string]spot
}

// cases lists the combinations of a document's matrix, the last key turning fastest; one without a
// name where there is no matrix.
func (r *reader) cases(top spot) (list []combination, mistakes Mistakes) {
	list = []combination{{params: map[string]spot{}}}
	defer func() { mistakes = r.mistakes }()
	m, ok := top.member("matrix")
	if !ok {
		return
	}
	entries, ok := m.entries()
	if !ok {
		m.wrong("must have names, each with a list of values")
		return
	}
	for _, e := range entries {
		m.checkName(m.keyOf(e), e.Key)
		var next []combination
		values := 0
		m.below(e).each(func(v spot) {
			values++
			for _, c := range list {
				next = append(next, c.and(m.keyOf(e), v))
			}
		})
		if values == 0 && len(r.mistakes) == 0 {
			m.below(e).wrong("must have at least one value")
		}
		if len(next) > maxCases {
			m.wrong("has more than %d combinations", maxCases)
			return
		}
		if values > 0 {
			list = inOrder(list, next)
		}
	}
	return
}

// inOrder sorts what was made value by value, so that the last key turns fastest.
func inOrder(before, made []combination) (list []combination) {
	for i := range before {
		for j := i; j < len(made); j += len(before) {
			list = append(list, made[j])
		}
	}
	return list
}

// and is the combination with one more value.
func (c combination) and(name string, v spot) combination {
	more := maps.Clone(c.params)
	more[name] = v
	return combination{name: strings.TrimPrefix(c.name+", "+name+" "+v.called(), ", "), params: more}
}

// called is what a value of a matrix is called: itself, or its first member.
func (s spot) called() string {
	if text, ok := s.scalar(); ok {
		return text
	}
	if list, ok := s.entries(); ok && len(list) > 0 {
		if text, ok := s.below(list[0]).scalar(); ok {
			return text
		}
	}
	s.wrong("must be a text, or have a text as its first member, by which the case is called")
	return ""
}
