package engine

// Promtool is the path of Prometheus' own checker of rules, configurations and meters.
func Promtool() (string, error) { return find("promtool", "prometheus") }
