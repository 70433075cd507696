package instrument

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sandbank/fault"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestEveryPublishedNumberIsAccepted(t *testing.T) {
	for _, c := range Cards() {
		csc := "123"
		if c.Brand == "amex" {
			csc = "1234"
		}
		got, err := FromCard(CardForm{"A. Customer", c.Number, "12/30", csc}, now)
		if err != nil {
			t.Errorf("paid with the published card %s: want it accepted, got %v", c.Number, err)
		}
		if got.Behavior != c.Behavior || got.Reason != c.Reason || got.Last4 != c.Number[len(c.Number)-4:] {
			t.Errorf("%s: got %+v, expected %s of %q, as it is published: is the number there twice?", c.Number, got, c.Behavior, c.Reason)
		}
	}
	for _, a := range Accounts() {
		if _, err := FromAccount("A. Customer", a.Number); err != nil {
			t.Errorf("paid with the published account %s: want it accepted, got %v", a.Number, err)
		}
	}
}

func TestFromCard_ComplainsUnderEachField(t *testing.T) {
	for name, c := range map[string]struct {
		form  CardForm
		field string
	}{
		"luhn":          {CardForm{"A", "4242424242424241", "12/30", "123"}, "number"},
		"real looking":  {CardForm{"A", "4532015112830366", "12/30", "123"}, "number"},
		"between":       {CardForm{"A", "4242 4242 a 4242 4242", "12/30", "123"}, "number"},
		"letters":       {CardForm{"A", "4242x", "12/30", "123"}, "number"},
		"empty":         {CardForm{"A", "", "12/30", "123"}, "number"},
		"no name":       {CardForm{" ", "4242424242424242", "12/30", "123"}, "name"},
		"past":          {CardForm{"A", "4242424242424242", "10/26", "123"}, "exp"},
		"month 13":      {CardForm{"A", "4242424242424242", "13/30", "123"}, "exp"},
		"no month":      {CardForm{"A", "4242424242424242", "soon", "123"}, "exp"},
		"short csc":     {CardForm{"A", "4242424242424242", "12/30", "12"}, "csc"},
		"amex csc":      {CardForm{"A", "378282246310005", "12/30", "123"}, "csc"},
		"arabic digits": {CardForm{"A", "4242424242424242", "12/30", "١٢٣"}, "csc"},
	} {
		_, err := FromCard(c.form, now)
		if !fault.Is(err, fault.Invalid) || len(fault.From(err).Fields) != 1 || fault.From(err).Fields[0].Pointer != c.field {
			t.Errorf("%s: got %v, want one complaint about %s", name, err, c.field)
		}
		if err != nil && c.form.Number != "" && strings.Contains(err.Error(), c.form.Number) {
			t.Errorf("%s: the error repeats the number: %v", name, err)
		}
	}
}

func TestCardIsGoodThroughTheLastDayOfItsMonth(t *testing.T) {
	form := CardForm{"A", "4242 4242 4242 4242", "1126", "123"}
	if _, err := FromCard(form, time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC)); err != nil {
		t.Errorf("on the last day: %v", err)
	}
	if _, err := FromCard(form, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Error("accepted the day after")
	}
}

func TestHolderNameSpeaksOnlyForNeutralNumbers(t *testing.T) {
	i, _ := FromCard(CardForm{"NOT_ENOUGH_BALANCE", "4242424242424242", "12/30", "123"}, now)
	if i.Behavior != Decline || i.Reason != "insufficient_funds" {
		t.Errorf("neutral card: got %+v", i)
	}
	i, _ = FromCard(CardForm{"APPROVED", "4000000000009987", "12/30", "123"}, now)
	if i.Behavior != Decline || i.Reason != "lost_card" {
		t.Errorf("declining card: got %+v", i)
	}
}

// One wrong digit never passes either checksum.
func TestChecksumsCatchEverySingleWrongDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := append(Cards(), Accounts()...)
		good := rapid.SampledFrom(list).Draw(t, "number").Number
		at := rapid.IntRange(0, len(good)-1).Draw(t, "at")
		if good[at] > '9' {
			return
		}
		wrong := byte('0' + (int(good[at]-'0')+rapid.IntRange(1, 9).Draw(t, "off"))%10)
		bad := good[:at] + string(wrong) + good[at+1:]
		if digits(good) && Luhn(bad) || !digits(good) && ValidIBAN(bad) {
			t.Fatalf("%s passes", bad)
		}
	})
}

func TestNamesCard_SeesPublishedNumbersOnly(t *testing.T) {
	for text, want := range map[string]bool{
		"4242424242424242": true, "4242 4242 4242 4242": true, "4242-4242-4242-4242": true, "a4242.4242.4242.4242b": true, "378282246310005": true,
		"14242424242424242": true, "42424242424242421": true, "order 99 4242424242424242": true,
		"": false, "4242": false, "424242424242424": false, "4242424242424241": false, "4532015112830366": false,
		"NL91ABNA0417164300": false, "4242 4242 é 4242 4242": false, "4242x4242x4242x4242": false,
		// Separators that the form skips, and encodings.
		"4242424242424/242": true, "4242\u00a04242\u00a04242\u00a04242": true, "4242\u20094242\u20094242\u20094242": true, "4242\u20114242\u20114242\u20114242": true,
		"4242\t4242\t4242\t4242": true, "4242/4242/4242/4242": true, "4242_4242_4242_4242": true, "4242,4242,4242,4242": true, "4242\u200b4242\u200b4242\u200b4242": true,
		"４２４２４２４２４２４２４２４２": true, "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢": true, "https://a.example/?c=4242%C2%A04242%C2%A04242%C2%A04242": true,
		"https://a.example/4242%2520424242424242": true, "%34%32%34%32424242424242": true, "4242&nbsp;4242&#32;4242&#x34;242": true, "4242+4242+4242+4242": true,
		// Usual names of orders.
		"20261129101530123": false, "01890a5d-ac96-774b-bcce-b302099a8057": false, "ORD-2026-0000-4242-1": false, "4532-0151-1283-0366": false, "100%": false, "50%zz&amp": false,
	} {
		if got := NamesCard(text); got != want {
			t.Errorf("looked for a card number in %q: want %t, got %t", text, want, got)
		}
	}
	for _, card := range Cards() {
		if !NamesCard(card.Number) {
			t.Errorf("%s is not seen", card.Number)
		}
	}
}

// One function reads numbers for the form and for the fields that may have none:
// the form takes every spelling that other fields refuse, if there is nothing else
// in it.
func TestFromCard_ReadsWhatNamesCardSees(t *testing.T) {
	for _, typed := range []string{"4242 4242 4242 4242", "4242\u00a04242\u00a04242\u00a04242", "4242-4242-4242-4242", "4242\u20114242\u20114242\u20114242", "４２４２ ４２４２ ４２４２ ４２４２", "4242/4242/4242/4242"} {
		if _, err := FromCard(CardForm{"A", typed, "12/30", "123"}, now); err != nil || !NamesCard(typed) {
			t.Errorf("%q: %v, and named %t", typed, err, NamesCard(typed))
		}
	}
}

// A name is counted in characters, of any script.
func TestNames_HaveCharacters(t *testing.T) {
	for name, good := range map[string]bool{
		strings.Repeat("x", 100): true, strings.Repeat("é", 100): true, strings.Repeat("山", 100): true, strings.Repeat("😀", 100): true,
		strings.Repeat("山", 101): false, "สมชายประเสริฐวงศ์ไพบูลย์กิจเจริญสุข": true, "a\x00b": false, "\xff": false,
	} {
		if _, err := FromCard(CardForm{name, "4242424242424242", "12/30", "123"}, now); (err == nil) != good {
			t.Errorf("a card holder named %q: want it accepted %t, got %v", name, good, err)
		}
	}
}

func TestNames_AreNoNumbers(t *testing.T) {
	for _, name := range []string{"4242424242424242", "A. 4532 0151 1283 0366", "4532-0151-1283"} {
		_, err := FromCard(CardForm{Name: name, Number: "4242424242424242", Expiry: "12/30", SecurityCode: "123"}, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
		_, err2 := FromAccount(name, Accounts()[0].Number)
		for _, err := range []error{err, err2} {
			if f := fault.From(err).Fields; err == nil || len(f) != 1 || f[0].Pointer != "name" || strings.Contains(f[0].Detail, "4") {
				t.Errorf("a holder named %q: want one complaint at name that repeats no digit, got %+v", name, f)
			}
		}
	}
}

func FuzzFromCard(f *testing.F) {
	f.Add("A", "4242424242424242", "12/30", "123")
	f.Add("", "\x00", "//", "١")
	f.Fuzz(func(t *testing.T, name, number, exp, csc string) {
		i, err := FromCard(CardForm{name, number, exp, csc}, now)
		if read, _ := numberOf(number); err == nil && find(cards, read) == nil {
			t.Fatalf("accepted %q as %+v", number, i)
		}
	})
}

func FuzzFromAccount(f *testing.F) {
	f.Add("A", Accounts()[0].Number)
	f.Add("4242424242424242", "nl91 abna 0417 1643 00")
	f.Fuzz(func(t *testing.T, name, number string) {
		i, err := FromAccount(name, number)
		if err == nil && (find(accounts, strings.ToUpper(compact(number))) == nil || len(i.Last4) != 4 || NamesCard(name)) {
			t.Fatalf("accepted %q of %q as %+v", number, name, i)
		}
		ValidBIC(number)
		if NamesCard(name) && !Secretive(name) {
			t.Fatalf("%q names a card and would be shown again", name)
		}
	})
}
