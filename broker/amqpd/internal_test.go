package amqpd

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTable_RoundTrip(t *testing.T) {
	for _, want := range sampleTables {
		var e encoder
		e.table(want)
		d := decoder{b: e.b}
		got := d.table()
		if d.bad || len(d.b) > 0 || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%v became %v", want, got)
		}
	}
}

func TestTable_Bounds(t *testing.T) {
	deep := table{}
	for range maxDepth + 2 {
		deep = table{{"t", deep}}
	}
	wide := make([]any, maxFields+1)
	for what, v := range map[string]table{"depth": deep, "fields": {{"a", wide}}} {
		var e encoder
		e.table(v)
		d := decoder{b: e.b}
		if d.table(); !d.bad {
			t.Errorf("no bound on %s", what)
		}
	}
}

func TestFrame_Malformed(t *testing.T) {
	ok := func(kind byte, n int) []byte {
		var e encoder
		e.frame(kind, 1, func() { e.b = append(e.b, make([]byte, n)...) })
		return e.b
	}
	badEnd := ok(frameBody, 3)
	badEnd[len(badEnd)-1] = 0
	for name, data := range map[string][]byte{
		"unknown type":   ok(7, 1),
		"announces 4 GB": {frameBody, 0, 1, 0xff, 0xff, 0xff, 0xff},
		"one too long":   ok(frameBody, frameMinMax-frameOverhead+1),
		"wrong end":      badEnd,
		"cut short":      ok(frameBody, 100)[:50],
		"cut in header":  {frameBody, 0},
	} {
		r := newFrameReader(bytes.NewReader(data), 16, frameMinMax)
		_, err := r.next()
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
		var f *fault
		if cut := strings.HasPrefix(name, "cut"); errors.As(err, &f) == cut {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	r := newFrameReader(bytes.NewReader(ok(frameBody, frameMinMax-frameOverhead)), 16, frameMinMax)
	if fr, err := r.next(); err != nil || len(fr.payload) != frameMinMax-frameOverhead {
		t.Errorf("the largest frame: %v", err)
	}
}

func TestProperties_Replace(t *testing.T) {
	var e encoder
	e.short(flagContentType | flagExpiration | flagMessageID | flagUserID)
	for _, s := range []string{"text/plain", "60000", "id", "guest"} {
		e.shortstr(s)
	}
	raw := replaceProperties(e.b, table{{"h", "v"}}, true)
	p, ok := parseProperties(raw)
	if !ok || p.headers.text("h") != "v" || p.expiration != "" || p.userID != "guest" {
		t.Errorf("properties became %+v, %v", p, ok)
	}
	if !bytes.Contains(raw, []byte("text/plain")) || !bytes.Contains(raw, []byte("\x02id")) {
		t.Error("the other properties are lost")
	}
	if raw2 := replaceProperties(raw, p.headers, false); !bytes.Equal(raw, raw2) {
		t.Error("replacing by the same changes something")
	}
}

// TestMatchTopic_Reference compares with a regular expression.
func TestMatchTopic_Reference(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from []string, most int) string {
		words := make([]string, random.IntN(most))
		for i := range words {
			words[i] = from[random.IntN(len(from))]
		}
		return strings.Join(words, ".")
	}
	for range 20_000 {
		pattern := pick([]string{"a", "b", "*", "#", "#"}, 5)
		key := pick([]string{"a", "b", "c"}, 6)
		// Each word takes its dot along, and so does the key's last.
		expr := "^"
		for _, w := range strings.Split(pattern, ".") {
			switch {
			case pattern == "":
			case w == "#":
				expr += `([a-c]\.)*`
			case w == "*":
				expr += `[a-c]\.`
			default:
				expr += w + `\.`
			}
		}
		dotted := key
		if key != "" {
			dotted += "."
		}
		want := regexp.MustCompile(expr + "$").MatchString(dotted)
		var words []string
		if pattern != "" {
			words = strings.Split(pattern, ".")
		}
		if got := matchTopic(words, key); got != want {
			t.Fatalf("pattern %q, key %q: got %v, want %v", pattern, key, got, want)
		}
	}
}

// TestDeliveries_Reference compares with a plain set of tags.
func TestDeliveries_Reference(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var u deliveries
	open := map[uint64]*entry{}
	var last uint64
	for step := range 50_000 {
		switch op := random.IntN(10); {
		case op < 5:
			e := &entry{seq: uint64(step)}
			last = u.add(delivery{entry: e})
			open[last] = e
		case op == 5:
			last = u.skip()
		default:
			tag, multiple := last-min(last, uint64(random.IntN(200))), random.IntN(20) == 0
			var want []*entry
			for at, e := range open {
				if at == tag || multiple && (at < tag || tag == 0) {
					want = append(want, e)
					delete(open, at)
				}
			}
			slices.SortFunc(want, func(a, b *entry) int { return int(a.seq) - int(b.seq) })
			got, ok := u.take(tag, multiple)
			if len(got) != len(want) || ok != (len(want) > 0 || multiple && tag == 0) {
				t.Fatalf("take %d, %v: got %d, %v; want %d", tag, multiple, len(got), ok, len(want))
			}
			for i := range got {
				if got[i].entry != want[i] {
					t.Fatalf("take %d, %v: delivery %d is another", tag, multiple, i)
				}
			}
		}
	}
	if len(u.list) > 2*len(open)+100 {
		t.Errorf("%d places for %d deliveries", len(u.list), len(open))
	}
}

func TestFIFO_PutBack(t *testing.T) {
	q := &queue{server: &Server{}, limits: limits{deliveryLimit: -1}}
	entries := make([]*entry, 6)
	for i := range entries {
		entries[i] = &entry{msg: &message{}, seq: uint64(i)}
	}
	for _, i := range []int{1, 4} {
		q.ready.insert(entries[i], nil)
	}
	q.putBack([]*entry{entries[0], entries[2], entries[3], entries[5]}, true)
	for i, e := range entries {
		if got := q.ready.pop(); got != e {
			t.Fatalf("place %d has entry %d", i, got.seq)
		}
		if redelivered := i != 1 && i != 4; e.redelivered != redelivered {
			t.Errorf("entry %d: redelivered is %v", i, e.redelivered)
		}
	}
	if q.ready.n != 0 || q.ready.head != nil || q.ready.tail != nil {
		t.Error("not empty in the end")
	}
}
