package identity

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"sync"

	"golang.org/x/crypto/argon2"

	"sandbank/secret"
)

// Person is a user who signs in with a name and a password.
type Person struct {
	Name     string
	Password secret.Text
	Role     Role
	Merchant Merchant // of a merchant's role
}

// DemoPeople are the development people. They are fixed, printed at the start,
// and refused unless the listener is on loopback.
func DemoPeople() []Person {
	return []Person{
		{Name: "admin", Password: "admin-password", Role: RoleAdministrator},
		{Name: "operator", Password: "operator-password", Role: RoleOperator},
		{Name: "auditor", Password: "auditor-password", Role: RoleAuditor},
		{Name: "demo-merchant", Password: "demo-merchant-password", Role: RoleMerchant, Merchant: DemoShop.Merchant},
		{Name: "demo-reader", Password: "demo-reader-password", Role: RoleMerchantReader, Merchant: DemoShop.Merchant},
	}
}

// People knows who may sign in. It does not change after it is made.
type People struct {
	list   map[string]Person
	hashed func() hashes
	turn   chan struct{} // a token for each hash computed at once
}

// hashes are the hashes of the passwords, all with the same salt, which is made
// anew at each start and stored nowhere. nobody is the hash of a password that
// no person has.
type hashes struct {
	salt   []byte
	of     map[string][]byte
	nobody []byte
}

// The parameters of argon2id are those of OWASP's cheat sheet of 2025: 19 MiB,
// two passes, one lane.
const (
	hashPasses, hashLanes = 2, 1
	hashMemory            = 19 << 10
	hashLength            = 32
	// hashAtOnce bounds the memory that strangers can make the processor use.
	hashAtOnce = 2
)

// NewPeople returns the given people. The first sign-in waits for the hashes, so
// that a processor without sign-ins starts as fast as before.
func NewPeople(people ...Person) *People {
	p := &People{list: map[string]Person{}, turn: make(chan struct{}, hashAtOnce)}
	for _, one := range people {
		p.list[one.Name] = one
	}
	p.hashed = sync.OnceValue(func() hashes {
		h := hashes{salt: []byte(rand.Text()), of: map[string][]byte{}}
		h.nobody = slow(rand.Text(), h.salt)
		for _, one := range people {
			h.of[one.Name] = slow(one.Password.Reveal(), h.salt)
		}
		return h
	})
	return p
}

var errWrong = errors.New("the name or the password is not right")

func slow(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, hashLanes, hashLength)
}

// Authenticate checks a name and a password, slowly. A wrong name and a wrong
// password get the same answer, in the same time.
func (p *People) Authenticate(name, password string) (Person, error) {
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	h := p.hashed()
	want, known := h.of[name]
	if !known {
		want = h.nobody
	}
	if subtle.ConstantTimeCompare(slow(password, h.salt), want) != 1 || !known {
		return Person{}, errWrong
	}
	return p.list[name], nil
}

// Find is the person of a name.
func (p *People) Find(name string) (Person, bool) {
	one, ok := p.list[name]
	return one, ok
}
