package amqpd

import (
	"encoding/binary"
	"math"
)

// encoder appends AMQP's types to a buffer.
type encoder struct{ b []byte }

func (e *encoder) octet(v byte)      { e.b = append(e.b, v) }
func (e *encoder) short(v uint16)    { e.b = binary.BigEndian.AppendUint16(e.b, v) }
func (e *encoder) long(v uint32)     { e.b = binary.BigEndian.AppendUint32(e.b, v) }
func (e *encoder) longlong(v uint64) { e.b = binary.BigEndian.AppendUint64(e.b, v) }

// shortstr cuts at 255 octets; only reply texts can be longer.
func (e *encoder) shortstr(s string) {
	if len(s) > math.MaxUint8 {
		s = s[:math.MaxUint8]
	}
	e.octet(byte(len(s)))
	e.b = append(e.b, s...)
}

func (e *encoder) longstr(s string) {
	e.long(uint32(len(s)))
	e.b = append(e.b, s...)
}

func (e *encoder) bit(v bool) {
	if v {
		e.octet(1)
	} else {
		e.octet(0)
	}
}

// sized writes the output of f, preceded by its length.
func (e *encoder) sized(f func()) {
	at := len(e.b)
	e.long(0)
	f()
	binary.BigEndian.PutUint32(e.b[at:], uint32(len(e.b)-at-4))
}

func (e *encoder) table(t table) {
	e.sized(func() {
		for _, f := range t {
			e.shortstr(f.name)
			e.value(f.value)
		}
	})
}

func (e *encoder) value(v any) {
	switch v := v.(type) {
	case nil:
		e.octet('V')
	case string:
		e.octet('S')
		e.longstr(v)
	case []byte:
		e.octet('x')
		e.longstr(string(v))
	case table:
		e.octet('F')
		e.table(v)
	case []any:
		e.octet('A')
		e.sized(func() {
			for _, x := range v {
				e.value(x)
			}
		})
	case bool:
		e.octet('t')
		e.bit(v)
	case timestamp:
		e.octet('T')
		e.longlong(uint64(v))
	case decimal:
		e.octet('D')
		e.octet(v.scale)
		e.long(v.value)
	default:
		e.number(v)
	}
}

func (e *encoder) number(v any) {
	switch v := v.(type) {
	case int8:
		e.octet('b')
		e.octet(byte(v))
	case uint8:
		e.octet('B')
		e.octet(v)
	case int16:
		e.octet('s')
		e.short(uint16(v))
	case uint16:
		e.octet('u')
		e.short(v)
	case int32:
		e.octet('I')
		e.long(uint32(v))
	case uint32:
		e.octet('i')
		e.long(v)
	case int64:
		e.octet('l')
		e.longlong(uint64(v))
	case float32:
		e.octet('f')
		e.long(math.Float32bits(v))
	case float64:
		e.octet('d')
		e.longlong(math.Float64bits(v))
	}
}

// frame writes a frame whose payload is the output of f.
func (e *encoder) frame(kind byte, channel uint16, f func()) {
	e.octet(kind)
	e.short(channel)
	e.sized(f)
	e.octet(frameEnd)
}
