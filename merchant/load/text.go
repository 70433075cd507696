package load

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// Failed is how many payments ended in an error.
func (r Report) Failed() int {
	n := 0
	for _, count := range r.Errors {
		n += count
	}
	return n
}

// Write writes the report for people.
func (r Report) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		_, _ = fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) // Flush tells
	}
	line("payments", "%d asked for, %d acknowledged, %s", r.Payments, r.Acknowledged, counts(r.Results))
	line("speed", "%.1f payments/s, from create to webhook, in %.2f s", r.PerSecond, r.Seconds)
	line("create", "%s", r.Create)
	line("end to end", "%s", r.EndToEnd)
	line("webhooks", "%d received and verified; %d duplicates, %d out of order, %d refused, %d for other payments",
		r.Webhooks, r.Duplicates, r.OutOfOrder, r.Refused, r.Foreign)
	line("repeats", "%d requests were sent again, with the same key", r.Repeats)
	line("by asking", "%d results had to be asked for, since no webhook came in time", r.ByAsking)
	line("contradicted", "%d", r.Contradictions)
	line("errors", "%s", counts(r.Errors))
	line("lost", "%d%s", r.Lost, r.lostWords())
	if err := t.Flush(); err != nil {
		return err
	}
	if r.Webhooks == 0 && r.ByAsking > 0 {
		_, err := fmt.Fprintf(w, "\nNo webhook came at all: can the processor reach %s? Its dashboard shows what it tried.\n", r.ReceiverURL)
		return err
	}
	return nil
}

func (r Report) lostWords() string {
	switch {
	case r.Lost == 0:
		return ""
	case r.Unfinished > 0:
		return fmt.Sprintf(", %d of them there but without a result; a longer timeout tells whether they get one: %s", r.Unfinished, strings.Join(r.LostIDs, " "))
	}
	return ": " + strings.Join(r.LostIDs, " ")
}

// String is the spread for people.
func (s Spread) String() string {
	return fmt.Sprintf("p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, longest %.1f ms", s.P50, s.P95, s.P99, s.Max)
}

func counts(m map[string]int) string {
	if len(m) == 0 {
		return "none"
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, fmt.Sprintf("%d %s", m[name], name))
	}
	return strings.Join(list, ", ")
}
