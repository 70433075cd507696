package scenario

// fault reads what is to fail, or what is to be whole again.
func (s spot) fault() Action {
	f := Fault{}
	if end, is := s.member("end"); is {
		s.mapping(fields{"end": func(spot) {}})
		if f.End = end.text(); f.End != "" && !s.names[f.End] {
			end.wrong("nothing is called %q before this step: give the step that begins the fault a name with \"as\"", f.End)
		}
		return f
	}
	kind, is := s.member("kind")
	if !is {
		s.wrong("needs a kind of fault, or the end of one")
		return f
	}
	kind.text()
	f.Body, _ = s.tree().(map[string]any)
	return f
}
