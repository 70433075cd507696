package routing

import (
	"testing"
	"time"

	"sandbank/broker/wire"
	"sandbank/clock"
	"sandbank/fault"
	"sandbank/money"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// toy is a directory whose clock is set before each question.
type toy struct {
	*Directory
	at *clock.Manual
}

func newToy() toy {
	at := clock.NewManual(noon)
	return toy{NewDirectory(1, at), at}
}

func (t toy) set(now time.Time) *Directory { t.at.Advance(now.Sub(t.at.Now())); return t.Directory }

func (t toy) Observe(h wire.Health, now time.Time) bool { return t.set(now).Observe(h, now) }
func (t toy) Began(now time.Time)                       { t.set(now).Began() }
func (t toy) Hears(now time.Time)                       { t.set(now).Hears() }
func (t toy) Banks(now time.Time) []Bank                { return t.set(now).Banks() }

func (t toy) Check(bic string, c money.Currency, now time.Time, at string) (Bank, error) {
	return t.set(now).Check(bic, c, at)
}

func (t toy) Pick(c money.Currency, key string, now time.Time) (Bank, error) {
	return t.set(now).Pick(c, key)
}

func (t toy) PickIn(country string, c money.Currency, key string, now time.Time) (Bank, bool) {
	return t.set(now).PickIn(country, c, key)
}

func health(bic string, weight int) wire.Health {
	return wire.Health{Bank: bic, Name: bic, Online: true, Weight: weight, IntervalSeconds: 2, Currencies: []money.Currency{"EUR"}}
}

func TestDirectory_SilenceMeansOffline(t *testing.T) {
	d := newToy()
	if !d.Observe(health("SANDNL2A", 1), noon) || d.Observe(health("SANDNL2A", 1), noon) {
		t.Error("the first sign of life is news, the second is not")
	}
	for after, online := range map[time.Duration]bool{5 * time.Second: true, 6 * time.Second: false} {
		if got := d.Banks(noon.Add(after))[0].Online; got != online {
			t.Errorf("%s after the last sign, online is %t", after, got)
		}
	}
	if !d.Observe(health("SANDNL2A", 1), noon.Add(time.Minute)) {
		t.Error("its return is news")
	}
	gone := health("SANDNL2A", 1)
	gone.Online = false
	if d.Observe(gone, noon.Add(time.Minute)); d.Banks(noon.Add(time.Minute))[0].Online {
		t.Error("a bank that says goodbye is offline at once")
	}
}

func TestDirectory_WithoutABrokerSilenceMeansNothing(t *testing.T) {
	d := newToy()
	d.Observe(health("SANDNL2A", 1), noon)
	d.Deaf(noon.Add(2 * time.Second))
	if _, err := d.Pick("EUR", "k", noon.Add(time.Hour)); err != nil {
		t.Errorf("while deaf: %v", err)
	}
	d.Hears(noon.Add(time.Hour))
	if _, err := d.Check("SANDNL2A", "EUR", noon.Add(time.Hour+8*time.Second), "/bank"); err != nil {
		t.Errorf("soon after: %v", err)
	}
	if _, err := d.Check("SANDNL2A", "EUR", noon.Add(time.Hour+10*time.Second), "/bank"); fault.Code(err) != "bank_offline" {
		t.Errorf("a bank that did not come back: %v", err)
	}
}

// A bank that a processor has not heard of yet may be there: right after the
// processor began, and right after the broker is back if it was away from then on.
func TestDirectory_ABeginnerCallsNoBankUnknown(t *testing.T) {
	d := newToy()
	code := func(after time.Duration) string {
		_, err := d.Check("SANDNL2A", "EUR", noon.Add(after), "/bank")
		return fault.Code(err)
	}
	if got := code(0); got != "bank_unknown" {
		t.Errorf("where the banks are at home: %s", got)
	}
	d.Began(noon)
	for after, want := range map[time.Duration]string{4 * time.Second: "bank_unheard", 5 * time.Second: "bank_unknown"} {
		if got := code(after); got != want {
			t.Errorf("%s after it began: %s, want %s", after, got, want)
		}
	}
	d.Deaf(noon.Add(time.Second))
	if got := code(time.Hour); got != "bank_unheard" {
		t.Errorf("while deaf: %s", got)
	}
	d.Hears(noon.Add(time.Hour))
	for after, want := range map[time.Duration]string{3 * time.Second: "bank_unheard", 4 * time.Second: "bank_unknown"} {
		if got := code(time.Hour + after); got != want {
			t.Errorf("%s after the broker is back: %s, want %s", after, got, want)
		}
	}
	d.Observe(health("SANDNL2A", 1), noon.Add(time.Hour))
	if got := code(time.Hour); got != "" {
		t.Errorf("once heard: %s", got)
	}
}

func TestPick_ByCurrencyHealthAndWeight(t *testing.T) {
	d := newToy()
	if _, err := d.Pick("EUR", "k", noon); fault.Code(err) != "no_bank" {
		t.Errorf("no bank at all: %v", err)
	}
	d.Observe(health("AAAANL2A", 3), noon)
	d.Observe(health("BBBBNL2A", 1), noon)
	d.Observe(health("ZEROFR2A", 0), noon)
	got := map[string]int{}
	for i := range 4000 {
		key := noon.Add(time.Duration(i)).String()
		b, err := d.Pick("EUR", key, noon)
		again, _ := d.Pick("EUR", key, noon)
		if err != nil || again.Identifier != b.Identifier {
			t.Fatalf("%v; the same key gave %s and %s", err, b.Identifier, again.Identifier)
		}
		got[b.Identifier]++
	}
	if got["ZEROFR2A"] != 0 || got["AAAANL2A"] < 2800 || got["AAAANL2A"] > 3200 {
		t.Errorf("shares of 3:1:0 came out as %v", got)
	}
	if _, err := d.Pick("JPY", "k", noon); fault.Code(err) != "no_bank" {
		t.Errorf("another currency: %v", err)
	}
}

func TestCheck_SaysWhatIsWrong(t *testing.T) {
	d := newToy()
	d.Observe(health("SANDNL2A", 1), noon)
	for bic, code := range map[string]string{"sandnl2a": "bank_invalid", "NONENL2A": "bank_unknown", "": "bank_invalid"} {
		if _, err := d.Check(bic, "EUR", noon, "/bank"); fault.Code(err) != code || fault.From(err).Fields[0].Pointer != "/bank" {
			t.Errorf("checked the bank %q: want %s at /bank, got %v", bic, code, err)
		}
	}
	if _, err := d.Check("SANDNL2A", "USD", noon, "/bank"); fault.Code(err) != "bank_currency" {
		t.Errorf("currency: %v", err)
	}
}

func TestPickIn_ByCountryCurrencyHealthAndWeight(t *testing.T) {
	d := newToy()
	yen, away := health("YENSDE2A", 1), health("AWAYDE2A", 1)
	yen.Currencies, away.Online = []money.Currency{"JPY"}, false
	for _, h := range []wire.Health{health("DEUTNL2A", 1), yen, away, health("ZERODE2A", 0)} {
		d.Observe(h, noon)
	}
	if b, ok := d.PickIn("DE", "EUR", "k", noon); ok {
		t.Errorf("%s is of another country, currency or mind", b.Identifier)
	}
	d.Observe(health("AAAADE2A", 3), noon)
	d.Observe(health("BBBBDE2AXXX", 1), noon)
	got := map[string]int{}
	for i := range 4000 {
		key := noon.Add(time.Duration(i)).String()
		b, ok := d.PickIn("DE", "EUR", key, noon)
		again, _ := d.PickIn("DE", "EUR", key, noon)
		if !ok || again.Identifier != b.Identifier || b.Country() != "DE" {
			t.Fatalf("%t; the same key gave %s and %s", ok, b.Identifier, again.Identifier)
		}
		got[b.Identifier]++
	}
	if len(got) != 2 || got["AAAADE2A"] < 2800 || got["AAAADE2A"] > 3200 {
		t.Errorf("shares of 3:1 came out as %v", got)
	}
}
