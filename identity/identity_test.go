package identity

import (
	"encoding/base64"
	"strings"
	"testing"

	"sandbank/fault"
)

const paymentID = "pay_01890a5d-ac96-774b-bcce-b302099a8057"

var key = []byte(strings.Repeat("k", 32))

func TestCheckout_TokenRoundTrip(t *testing.T) {
	c := NewCheckout(key)
	token := c.Token(paymentID)
	if id, ok := c.Payment(token); !ok || id != paymentID {
		t.Errorf("%s reads as %s, %t", token, id, ok)
	}
	if token != NewCheckout(key).Token(paymentID) {
		t.Error("another processor with the same key makes another token")
	}
	if strings.ContainsAny(token, "+/=") || len(token) != 43 {
		t.Errorf("%s does not fit a URL", token)
	}
}

func TestCheckout_RefusesWhatItDidNotMake(t *testing.T) {
	c := NewCheckout(key)
	token := c.Token(paymentID)
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	for i := range raw {
		for bit := range 8 {
			bad := append([]byte(nil), raw...)
			bad[i] ^= 1 << bit
			if id, ok := c.Payment(base64.RawURLEncoding.EncodeToString(bad)); ok {
				t.Errorf("byte %d bit %d turned: reads as %s", i, bit, id)
			}
		}
	}
	for name, bad := range map[string]string{
		"empty":         "",
		"truncated":     token[:len(token)-1],
		"half":          token[:22],
		"longer":        token + "A",
		"padded":        token + "=",
		"line end":      token + "\n",
		"the id itself": paymentID,
		"only the id":   base64.RawURLEncoding.EncodeToString(raw[:16]),
		"zeros":         strings.Repeat("A", 43),
		"other key":     NewCheckout([]byte(strings.Repeat("x", 32))).Token(paymentID),
		// The last character carries two bits that mean nothing: only zeros pass.
		"another spelling": token[:42] + next(token[42]),
	} {
		if id, ok := c.Payment(bad); ok {
			t.Errorf("%s: %q reads as %s", name, bad, id)
		}
	}
}

// next is the base64 character after c.
func next(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)+1])
}

func TestRegistry_Authenticate(t *testing.T) {
	r := NewRegistry(DemoShop, OtherShop)
	c, err := r.Authenticate("demo-shop", "demo-shop-secret")
	if err != nil || c.Merchant != DemoShop.Merchant {
		t.Errorf("the right secret: %+v, %v", c, err)
	}
	var first string
	for name, credentials := range map[string][2]string{
		"wrong secret":   {"demo-shop", "wrong"},
		"no secret":      {"demo-shop", ""},
		"longer":         {"demo-shop", "demo-shop-secret "},
		"another's":      {"demo-shop", "other-shop-secret"},
		"upper case":     {"Demo-Shop", "demo-shop-secret"},
		"unknown":        {"nobody", "demo-shop-secret"},
		"unknown, blank": {"nobody", ""}, // its stored secret would be blank too
		"nothing":        {"", ""},
	} {
		c, err := r.Authenticate(credentials[0], credentials[1])
		if !fault.Is(err, fault.Unauthenticated) || c != (Client{}) {
			t.Errorf("authenticated with credentials that are %s: want unauthenticated and no client, got %+v, %v", name, c, err)
			continue
		}
		if first == "" {
			first = err.Error()
		}
		if err.Error() != first {
			t.Errorf("%s: %q tells apart from %q", name, err, first)
		}
	}
}

func TestRegistry_FindsMerchants(t *testing.T) {
	r := NewRegistry(OtherShop, DemoShop)
	if m, ok := r.Merchant("demo-shop"); !ok || m.Name != "Harbor Goods" {
		t.Errorf("demo-shop is %+v, %t", m, ok)
	}
	if m, ok := r.Merchant("nobody"); ok {
		t.Errorf("nobody is %+v", m)
	}
	if list := r.Clients(); len(list) != 2 || list[0].ID != "demo-shop" {
		t.Errorf("clients: %+v", list)
	}
}

func FuzzCheckout(f *testing.F) {
	c := NewCheckout(key)
	f.Add(c.Token(paymentID))
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		if id, ok := c.Payment(token); ok && c.Token(id) != token {
			t.Fatalf("%q reads as %s, whose token is %q", token, id, c.Token(id))
		}
	})
}
