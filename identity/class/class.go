// Package class is a class of students, each with a merchant of its own for some hours: who has the class's code
// joins in one step, without a name or a password. Nothing of it is stored; it ends with the processor.
package class

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"time"

	"sandbank/chance"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/identity"
)

// The usual bounds.
const (
	Most = 200           // students
	Life = 8 * time.Hour // of the computer's time
)

// Merchants is where the students' merchants are entered while they are here.
type Merchants interface {
	Admit(identity.Merchant)
	Dismiss(id string)
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
	for _, s := range k.here {
		k.Merchants.Dismiss(s.Merchant.ID)
	}
	k.code, k.until, k.here, k.known, k.number = newCode(), k.Clock.Now().Add(k.Life), nil, map[[sha256.Size]byte]int{}, 0
	close(k.changed)
	k.changed = make(chan struct{})
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
func (k *Class) Join(code string) (s Student, token string, err error) {
	if !k.Right(code) {
		return s, "", fault.New(fault.Unauthenticated, "class_code_wrong", "This is not the code of the class.").Hinting("It has %d letters and digits, and stands on the big screen.", codeLength)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.here) >= k.Most {
		return s, "", fault.New(fault.Conflict, "class_full", "The class has %d students, and takes no more.", k.Most).Hinting("Ask whoever teaches to begin a new class.")
	}
	k.number++
	s = Student{Number: k.number, Merchant: identity.Merchant{ID: "student-" + strings.ToLower(newCode()+newCode()), Name: k.name()}}
	token = base64.RawURLEncoding.EncodeToString(chance.Secret(32))
	k.known[sha256.Sum256([]byte(token))] = len(k.here)
	k.here = append(k.here, s)
	k.Merchants.Admit(s.Merchant)
	close(k.changed)
	k.changed = make(chan struct{})
	return s, token, nil
}

// name draws a shop's name that no other student has.
func (k *Class) name() string {
	taken := func(name string) bool {
		return slices.ContainsFunc(k.here, func(s Student) bool { return s.Merchant.Name == name })
	}
	for {
		b := chance.Secret(2)
		if name := first[int(b[0])%len(first)] + " " + second[int(b[1])%len(second)]; !taken(name) || len(k.here) > len(first)*len(second)/2 {
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
