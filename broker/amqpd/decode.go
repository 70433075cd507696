package amqpd

import (
	"encoding/binary"
	"math"
)

const (
	// maxDepth bounds how far tables and arrays nest, so that a few octets a
	// level cannot exhaust the stack.
	maxDepth = 64
	// maxFields bounds all the fields of one payload together. A field takes two
	// octets on the wire and about forty in memory; the bound keeps a client
	// from using that ratio to exhaust memory.
	maxFields = 16384
)

// decoder reads AMQP's types from a payload. A short or malformed payload sets
// bad, and every later read yields a zero value, so that callers check once.
type decoder struct {
	b      []byte
	bad    bool
	fields int // fields read up to now
}

func (d *decoder) take(n int) []byte {
	if d.bad || n < 0 || n > len(d.b) {
		d.bad = true
		d.b = nil
		return nil
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) octet() byte {
	if v := d.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (d *decoder) short() uint16 {
	if v := d.take(2); v != nil {
		return binary.BigEndian.Uint16(v)
	}
	return 0
}

func (d *decoder) long() uint32 {
	if v := d.take(4); v != nil {
		return binary.BigEndian.Uint32(v)
	}
	return 0
}

func (d *decoder) longlong() uint64 {
	if v := d.take(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

// shortstrBytes is valid only as long as the payload it was read from.
func (d *decoder) shortstrBytes() []byte { return d.take(int(d.octet())) }

func (d *decoder) shortstr() string { return string(d.shortstrBytes()) }

// longstr is valid only as long as the payload it was read from.
func (d *decoder) longstr() []byte {
	n := d.long()
	if n > math.MaxInt32 {
		d.bad = true
		return nil
	}
	return d.take(int(n))
}

func (d *decoder) table() table { return d.nestedTable(0) }

func (d *decoder) nestedTable(depth int) table {
	var t table
	d.nested(depth, func(inner *decoder) {
		name := inner.shortstr()
		t = append(t, field{name, inner.value(depth)})
	})
	return t
}

func (d *decoder) array(depth int) []any {
	a := []any{}
	d.nested(depth, func(inner *decoder) { a = append(a, inner.value(depth)) })
	return a
}

// nested calls f until a length-prefixed part of the payload is used up.
func (d *decoder) nested(depth int, f func(*decoder)) {
	inner := decoder{b: d.longstr(), bad: d.bad || depth > maxDepth, fields: d.fields}
	for len(inner.b) > 0 && !inner.bad {
		if inner.fields++; inner.fields > maxFields {
			inner.bad = true
			break
		}
		f(&inner)
	}
	d.fields = inner.fields
	d.bad = d.bad || inner.bad
}

// value reads one typed field. The type letters are those of RabbitMQ and its
// clients, which differ from the specification's; only 'U' and 'L' come from the
// specification.
func (d *decoder) value(depth int) any {
	switch kind := d.octet(); kind {
	case 'S':
		return string(d.longstr())
	case 'x':
		return append([]byte{}, d.longstr()...)
	case 'F':
		return d.nestedTable(depth + 1)
	case 'A':
		return d.array(depth + 1)
	case 'T':
		return timestamp(d.longlong())
	case 'D':
		return decimal{d.octet(), d.long()}
	case 'f':
		return math.Float32frombits(d.long())
	case 'd':
		return math.Float64frombits(d.longlong())
	case 't':
		return d.octet() != 0
	case 'V':
		return nil
	default:
		return d.integer(kind)
	}
}

func (d *decoder) integer(kind byte) any {
	switch kind {
	case 'b':
		return int8(d.octet())
	case 'B':
		return d.octet()
	case 's', 'U':
		return int16(d.short())
	case 'u':
		return d.short()
	case 'I':
		return int32(d.long())
	case 'i':
		return d.long()
	case 'l', 'L':
		return int64(d.longlong())
	}
	d.bad = true
	return nil
}
