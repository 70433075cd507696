package amqpd

// The property flags of class basic, in the order the properties are sent.
const (
	flagContentType     = 1 << 15
	flagContentEncoding = 1 << 14
	flagHeaders         = 1 << 13
	flagDeliveryMode    = 1 << 12
	flagPriority        = 1 << 11
	flagCorrelationID   = 1 << 10
	flagReplyTo         = 1 << 9
	flagExpiration      = 1 << 8
	flagMessageID       = 1 << 7
	flagTimestamp       = 1 << 6
	flagType            = 1 << 5
	flagUserID          = 1 << 4
	flagAppID           = 1 << 3
	flagClusterID       = 1 << 2
	flagsUnknown        = 1<<1 | 1<<0
)

// properties are the header fields of a message. The broker passes the encoded
// form on unchanged and reads only the three it must act upon.
type properties struct {
	headers    table
	expiration string
	userID     string
	// The positions of headers and expiration in the encoded form, for replace.
	headersAt, headersEnd       int
	expirationAt, expirationEnd int
}

// parseProperties reads flags and property list in the encoding of a content
// header, and reports whether they are well formed.
func parseProperties(raw []byte) (p properties, ok bool) {
	d := decoder{b: raw}
	at := func() int { return len(raw) - len(d.b) }
	flags := d.short()
	if flags&flagContentType != 0 {
		d.shortstrBytes()
	}
	if flags&flagContentEncoding != 0 {
		d.shortstrBytes()
	}
	p.headersAt = at()
	if flags&flagHeaders != 0 {
		p.headers = d.table()
	}
	p.headersEnd = at()
	if flags&flagDeliveryMode != 0 {
		d.octet()
	}
	if flags&flagPriority != 0 {
		d.octet()
	}
	if flags&flagCorrelationID != 0 {
		d.shortstrBytes()
	}
	if flags&flagReplyTo != 0 {
		d.shortstrBytes()
	}
	p.expirationAt = at()
	if flags&flagExpiration != 0 {
		p.expiration = d.shortstr()
	}
	p.expirationEnd = at()
	p.parseRest(&d, flags)
	return p, !d.bad && len(d.b) == 0 && flags&flagsUnknown == 0
}

func (p *properties) parseRest(d *decoder, flags uint16) {
	if flags&flagMessageID != 0 {
		d.shortstrBytes()
	}
	if flags&flagTimestamp != 0 {
		d.longlong()
	}
	if flags&flagType != 0 {
		d.shortstrBytes()
	}
	if flags&flagUserID != 0 {
		p.userID = d.shortstr()
	}
	if flags&flagAppID != 0 {
		d.shortstrBytes()
	}
	if flags&flagClusterID != 0 {
		d.shortstrBytes()
	}
}

// replace returns raw with other headers and, if asked, without expiration.
func replaceProperties(raw []byte, headers table, dropExpiration bool) []byte {
	p, ok := parseProperties(raw)
	if !ok { // impossible: they were parsed when the message came in
		return raw
	}
	d := decoder{b: raw}
	flags := d.short() | flagHeaders
	rest := raw[p.headersEnd:]
	e := encoder{b: make([]byte, 0, len(raw)+256)}
	if dropExpiration {
		flags &^= flagExpiration
	}
	e.short(flags)
	e.b = append(e.b, raw[2:p.headersAt]...)
	e.table(headers)
	if dropExpiration {
		e.b = append(e.b, raw[p.headersEnd:p.expirationAt]...)
		rest = raw[p.expirationEnd:]
	}
	e.b = append(e.b, rest...)
	return e.b
}
