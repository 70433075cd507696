package scenario

// Scene is the steps that one story tells of: what a presenter shows at one press of a key.
type Scene struct {
	Story string
	Notes string
	Ask   *Question // before the steps are done; nil for none
	From  int       // the first of its steps, counted from 0
	Until int       // the step after its last
}

// Scenes divides a scenario's steps: a scene begins at each step with a story. Steps before the first
// story belong to the first scene.
func (s Scenario) Scenes() (list []Scene) {
	for i, step := range s.Steps {
		if len(list) == 0 || step.Story != "" && (list[len(list)-1].Story != "") {
			list = append(list, Scene{From: i})
		}
		last := &list[len(list)-1]
		if step.Story != "" {
			last.Story, last.Notes, last.Ask = step.Story, step.Notes, step.Ask
		}
		last.Until = i + 1
	}
	return list
}

// About is the name of the payment that a step is about; "" where it is about none of them.
func (o Step) About() string {
	switch a := o.Do.(type) {
	case Create:
		return o.As
	case Customer:
		return a.Payment
	case Bank:
		return a.Payment
	case Dispute:
		return a.Payment
	case Operation:
		return a.Payment
	case Hold:
		return a.Payment
	case Move:
		return a.Payment
	case GoOn:
		return a.Payment
	case Expect:
		return a.Payment
	}
	return ""
}
