package look

import (
	"cmp"
	"html/template"
	"maps"
	"slices"
)

// funcs is what every template may call.
func funcs() template.FuncMap {
	return template.FuncMap{
		"asset":    Path,
		"icon":     Icon,
		"status":   StatusOf,
		"tone":     ToneStatus,
		"clock":    Clock,
		"moment":   Moment,
		"hour":     Hour,
		"money":    Money,
		"initials": Initials,
		"statuses": PaymentStatuses,
		"sentence": Sentence,
		"visible":  Visible,
		"stamp":    Stamp,
		"instant":  Instant,
		"wrap":     Wrap,
	}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
