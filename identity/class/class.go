// Package class is a class of students, each with a merchant of its own for some hours: who has the class's code
// joins in one step, without a name or a password. The class ends with the processor, and its merchants with the class.
package class

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
	"sandbank/identity/guest"
)

// The usual bounds.
const (
	Most = 200           // students
	Life = 8 * time.Hour // of the computer's time
)

// Merchants makes the students' merchants.
type Merchants interface {
	Open(context.Context, guest.Wish) (identity.Guest, error)
	Close(ctx context.Context, ids ...string) error
}

// Config is what a class is made of.
type Config struct {
	Most      int           // students; 0 is [Most]
	Life      time.Duration // 0 is [Life]
	Clock     clock.Computer
	Merchants Merchants
}

// Student is one of the class, with its merchant.
type Student struct {
	Merchant identity.Merchant
	Number   int // in the order of joining, from 1
}

// Class has the students.
type Class struct {
	Config
	mu      sync.Mutex
	code    string
	until   time.Time
	here    []Student
	known   map[[sha256.Size]byte]int // places in here, by the hash of a student's token
	names   map[string]bool           // of their shops, also while they are made
	number  int
	changed chan struct{}
}

// New opens a class.
func New(c Config) *Class {
	if c.Most == 0 {
		c.Most = Most
	}
	if c.Life == 0 {
		c.Life = Life
	}
	k := &Class{Config: c, changed: make(chan struct{})}
	k.begin()
	return k
}

// Open reports whether there is a class.
func (k *Class) Open() bool { return k != nil }

// begin gives the class a new code and no students.
func (k *Class) begin() {
	k.dismiss()
	k.code, k.until, k.here, k.known, k.number = newCode(), k.Clock.Now().Add(k.Life), nil, map[[sha256.Size]byte]int{}, 0
	k.names = map[string]bool{}
	close(k.changed)
	k.changed = make(chan struct{})
}

// dismissing is how long it may take to let the students' merchants go. Those that stay longer go when their time is up.
const dismissing = 5 * time.Second

func (k *Class) dismiss() {
	var ids []string
	for _, s := range k.here {
		ids = append(ids, s.Merchant.ID)
	}
	ctx, cancel := context.WithTimeout(context.Background(), dismissing)
	defer cancel()
	_ = k.Merchants.Close(ctx, ids...)
}

// letters of a code have none that is taken for another one when it is read aloud or from afar.
const letters = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"

// codeLength makes 31^6 codes, of which one is right: guesses are limited where they come in.
const codeLength = 6

// newCode draws a code that nobody can guess.
func newCode() string {
	code := make([]byte, 0, codeLength)
	for len(code) < codeLength {
		for _, b := range chance.Secret(codeLength) {
			if int(b) < 256/len(letters)*len(letters) && len(code) < codeLength { // each letter is as likely
				code = append(code, letters[int(b)%len(letters)])
			}
		}
	}
	return string(code)
}

// read is a code as somebody types it, without what only makes it legible.
func read(text string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, strings.ToUpper(text))
}

// Code is the class's code, and how long it is good.
func (k *Class) Code() (code string, until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.expire()
	return k.code, k.until
}

// expire ends a class whose time is up, and begins the next one.
func (k *Class) expire() {
	if !k.Clock.Now().Before(k.until) {
		k.begin()
	}
}

// End ends the class for all students, and begins the next one, with another code.
func (k *Class) End() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.begin()
}

// Right reports whether a code is the class's. It takes as long for any of the same length.
func (k *Class) Right(code string) bool {
	have, _ := k.Code()
	return subtle.ConstantTimeCompare([]byte(read(code)), []byte(have)) == 1
}

// Join makes a student with a merchant of its own. The token is the student's, and known to nobody else: its
// hash is kept.
func (k *Class) Join(ctx context.Context, code string) (s Student, token string, err error) {
	if !k.Right(code) {
		return s, "", fault.New(fault.Unauthenticated, "class_code_wrong", "This is not the code of the class.").Hinting("It has %d letters and digits, and stands on the big screen.", codeLength)
	}
	shop, err := k.place()
	if err != nil {
		return s, "", err
	}
	// The lock is not held while the store is written: a whole class joins at once.
	made, err := k.Merchants.Open(ctx, shop)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil || !k.names[shop.Name] {
		if delete(k.names, shop.Name); err == nil {
			err = errors.Join(errEnded(), k.Merchants.Close(ctx, made.ID))
		}
		return s, "", err
	}
	k.number++
	s = Student{Number: k.number, Merchant: made.Merchant}
	token = base64.RawURLEncoding.EncodeToString(chance.Secret(32))
	k.known[sha256.Sum256([]byte(token))] = len(k.here)
	k.here = append(k.here, s)
	close(k.changed)
	k.changed = make(chan struct{})
	return s, token, nil
}

// errEnded is for one whose class ended while it was joined.
func errEnded() error {
	return fault.New(fault.Conflict, "class_full", "The class has just ended.").Hinting("Join the next one, with its code.")
}

// place takes a place in the class, for a shop whose name no other student has.
func (k *Class) place() (guest.Wish, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.names) >= k.Most {
		return guest.Wish{}, fault.New(fault.Conflict, "class_full", "The class has %d students, and takes no more.", k.Most).Hinting("Ask whoever teaches to begin a new class.")
	}
	name := k.name()
	k.names[name] = true
	return guest.Wish{Kind: guest.ForStudent, Name: name, Until: k.until, Silent: true}, nil
}

// name draws a shop's name that no other student has; in a class that has taken half of them, a numbered one.
func (k *Class) name() string {
	for {
		b := chance.Secret(2)
		name := first[int(b[0])%len(first)] + " " + second[int(b[1])%len(second)]
		if len(k.names) > len(first)*len(second)/2 {
			name += " " + strconv.Itoa(len(k.names)+1)
		}
		if !k.names[name] {
			return name
		}
	}
}

// Student is who a token was given to; false for nobody of this class.
func (k *Class) Student(token string) (Student, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.expire()
	i, ok := k.known[sha256.Sum256([]byte(token))]
	if !ok {
		return Student{}, false
	}
	return k.here[i], true
}

// Students lists those who are here, in the order of joining.
func (k *Class) Students() []Student {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.expire()
	return slices.Clone(k.here)
}

// Changed is closed when somebody joins, or the class ends. Who looks takes it before looking.
func (k *Class) Changed() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.changed
}

// The words of shops' names.
var (
	first = []string{
		"Amber", "Blue", "Bright", "Calm", "Cedar", "Clever", "Coral", "Crimson", "Dawn", "Early", "Fern", "Gentle", "Golden", "Green", "Happy", "Hazel",
		"Honest", "Indigo", "Ivory", "Jolly", "Kind", "Lemon", "Little", "Lucky", "Maple", "Merry", "Misty", "Noble", "Olive", "Pearl", "Quick", "Quiet",
		"Rosy", "Ruby", "Sandy", "Silver", "Sunny", "Swift", "Tidy", "Violet", "Warm", "Wild", "Willow", "Windy", "Winter", "Wise", "Young", "Zesty",
	}
	second = []string{
		"Anchor", "Bay", "Beacon", "Buoy", "Cliff", "Cormorant", "Crab", "Current", "Dolphin", "Dune", "Eider", "Ferry", "Gannet", "Gull", "Harbor", "Heron",
		"Island", "Jetty", "Kelp", "Lagoon", "Lantern", "Limpet", "Lobster", "Mussel", "Narwhal", "Oar", "Otter", "Oyster", "Pebble", "Pelican", "Pier", "Plover",
		"Puffin", "Reef", "Rudder", "Sail", "Salmon", "Seal", "Shell", "Shore", "Sloop", "Starfish", "Sturgeon", "Tern", "Tide", "Urchin", "Walrus", "Wave",
	}
)
