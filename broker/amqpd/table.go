package amqpd

import "reflect"

// table is an AMQP field table. It keeps the order of its fields, so that a
// message to whose headers the broker adds something otherwise stays as it was
// sent.
//
// The values are bool, int8, uint8, int16, uint16, int32, uint32, int64,
// float32, float64, decimal, string, []byte, timestamp, nil, []any and table.
type table []field

type field struct {
	name  string
	value any
}

// decimal is the AMQP decimal: value × 10^-scale.
type decimal struct {
	scale uint8
	value uint32
}

// timestamp is in seconds since 1970.
type timestamp uint64

func (t table) get(name string) (any, bool) {
	for i := range t {
		if t[i].name == name {
			return t[i].value, true
		}
	}
	return nil, false
}

// text returns the string under name, or "" if there is none.
func (t table) text(name string) string {
	v, _ := t.get(name)
	s, _ := v.(string)
	return s
}

// with returns a copy in which name has the value. It leaves t alone, because
// all queues that hold a message share its headers.
func (t table) with(name string, value any) table {
	out := make(table, 0, len(t)+1)
	for _, f := range t {
		if f.name != name {
			out = append(out, f)
		}
	}
	return append(out, field{name, value})
}

// integer widens any of the integer types, because clients differ in which type
// they send.
func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int8:
		return int64(n), true
	case uint8:
		return int64(n), true
	case int16:
		return int64(n), true
	case uint16:
		return int64(n), true
	case int32:
		return int64(n), true
	case uint32:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}

// sameValue compares two arguments; integers of any width are equal by value.
func sameValue(a, b any) bool {
	x, okX := integer(a)
	y, okY := integer(b)
	if okX && okY {
		return x == y
	}
	return reflect.DeepEqual(a, b)
}
