package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Span is a duration without what is zero at its end: "15m", not "15m0s".
func Span(d time.Duration) string {
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// Plain is a value of JSON as files write it; an amount is "19.99 EUR".
func Plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case map[string]any:
		if len(v) == 2 && v["value"] != nil && v["currency"] != nil {
			return fmt.Sprintf("%v %v", v["value"], v["currency"])
		}
	case json.Number, bool:
		return fmt.Sprint(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// Brief is a value in few words: "outcome declined, reason lost_card".
func Brief(v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return string(body)
	}
	return briefly(tree)
}

func briefly(tree any) string {
	switch v := tree.(type) {
	case map[string]any:
		var list []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if _, deep := v[name].(map[string]any); deep {
				list = append(list, name+" ("+briefly(v[name])+")")
				continue
			}
			list = append(list, strings.TrimSpace(name+" "+briefly(v[name])))
		}
		return strings.Join(list, ", ")
	case []any:
		var list []string
		for _, one := range v {
			list = append(list, briefly(one))
		}
		return strings.Join(list, "; ")
	}
	return Plain(tree)
}
