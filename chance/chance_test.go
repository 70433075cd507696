package chance

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestID_IsAUUIDOfItsTime(t *testing.T) {
	id := Crypto().ID("pay", noon)
	u, err := uuid.Parse(strings.TrimPrefix(id, "pay_"))
	if err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 {
		t.Fatalf("%s: version %d, %v, %v", id, u.Version(), u.Variant(), err)
	}
	if s, ns := u.Time().UnixTime(); s != noon.Unix() || ns != 0 {
		t.Errorf("%s says it was made at %d.%d, not at %d", id, s, ns, noon.Unix())
	}
	if !ValidID("pay", id) {
		t.Errorf("%s does not pass", id)
	}
}

func TestID_LaterSortsAfter(t *testing.T) {
	s := Crypto()
	var ids []string
	for i := range 1000 {
		ids = append(ids, s.ID("pay", noon.Add(time.Duration(i)*time.Millisecond)))
	}
	// Over the borders at which the two halves of the timestamp carry.
	ids = append(ids, s.ID("pay", time.UnixMilli(1<<41-1)), s.ID("pay", time.UnixMilli(1<<41)), s.ID("pay", time.UnixMilli(1<<41+1<<16)))
	if !slices.IsSorted(ids) {
		t.Error("identifiers of later milliseconds do not sort after earlier ones")
	}
}

func TestID_NoneTwice(t *testing.T) {
	s := Crypto()
	seen := map[string]bool{}
	for range 10_000 {
		seen[s.ID("pay", noon)] = true
	}
	if len(seen) != 10_000 {
		t.Errorf("%d different of 10,000 of one instant", len(seen))
	}
}

func TestValidID_KnowsOneSpellingOnly(t *testing.T) {
	good := "pay_01890a5d-ac96-774b-bcce-b302099a8057"
	if !ValidID("pay", good) {
		t.Fatal("the plain spelling is refused")
	}
	for name, id := range map[string]string{
		"upper case":      "pay_01890A5D-AC96-774B-BCCE-B302099A8057",
		"prefix in upper": "PAY_01890a5d-ac96-774b-bcce-b302099a8057",
		"braces":          "pay_{01890a5d-ac96-774b-bcce-b302099a8057}",
		"URN":             "pay_urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
		"no dashes":       "pay_01890a5dac96774bbcceb302099a8057",
		"no dashes, 36":   "pay_01890a5dac96774bbcceb302099a80570000",
		"other prefix":    "evt_01890a5d-ac96-774b-bcce-b302099a8057",
		"no prefix":       "01890a5d-ac96-774b-bcce-b302099a8057",
		"other separator": "pay-01890a5d-ac96-774b-bcce-b302099a8057",
		"version 4":       "pay_01890a5d-ac96-474b-bcce-b302099a8057",
		"NUL":             good[:len(good)-1] + "\x00",
		"NUL after":       good + "\x00",
		"space":           " " + good,
		"line end":        good + "\n",
		"short":           good[:len(good)-1],
		"empty":           "",
		"prefix only":     "pay_",
		"full width":      "pay_０1890a5d-ac96-774b-bcce-b302099a80",
	} {
		if ValidID("pay", id) {
			t.Errorf("%s: %q passes", name, id)
		}
	}
}

func FuzzValidID(f *testing.F) {
	f.Add("pay_01890a5d-ac96-774b-bcce-b302099a8057")
	f.Add("pay_urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057")
	f.Fuzz(func(t *testing.T, id string) {
		if !ValidID("pay", id) {
			return
		}
		u := uuid.MustParse(strings.TrimPrefix(id, "pay_"))
		if "pay_"+u.String() != id || u.Version() != 7 {
			t.Fatalf("%q passes", id)
		}
	})
}

func TestSeeded_RepeatsItself(t *testing.T) {
	draw := func(seed uint64) (ids []string) {
		s := Seeded(seed)
		for range 5 {
			ids = append(ids, s.ID("pay", noon))
		}
		return append(ids, strconv.FormatUint(s.Number(), 16))
	}
	if !slices.Equal(draw(7), draw(7)) {
		t.Error("one seed gave two sequences")
	}
	if slices.Equal(draw(7), draw(8)) {
		t.Error("two seeds gave one sequence")
	}
}

func TestFor_DependsOnSeedAndKeyAlone(t *testing.T) {
	first := func(seed uint64, key string) uint64 { return For(seed, key).Uint64() }
	if once, again := first(1, "req_1"), first(1, "req_1"); once != again {
		t.Error("the same key met other luck")
	}
	if first(1, "req_1") == first(1, "req_2") || first(1, "req_1") == first(2, "req_1") {
		t.Error("another key or seed met the same luck")
	}
}

func TestSource_ServesManyAtOnce(t *testing.T) {
	s := Seeded(1)
	var mu sync.Mutex
	seen := map[uint64]bool{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				b := s.Number()
				mu.Lock()
				seen[b] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(seen) != 8*200 {
		t.Errorf("%d different of %d", len(seen), 8*200)
	}
}

// No seed reaches a secret: two sources of one seed stand beside it.
func TestSecret_IsNeverRepeated(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		Seeded(7).Number()
		seen[string(Secret(12))] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different secrets of 1000", len(seen))
	}
}

// What belongs to something has the same identifier whenever and in whatever order it is made, but for
// the time in front.
func TestID_IsMadeOfWhatItBelongsTo(t *testing.T) {
	one, other := Seeded(7), Seeded(7)
	pay := one.ID("pay", noon, "shop", "1")
	other.ID("pay", noon, "shop", "2")
	if again := other.ID("pay", noon.Add(time.Hour), "shop", "1"); timeless(again) != timeless(pay) || again == pay {
		t.Errorf("the same payment is %s at noon and %s at one o'clock: only the time may differ", pay, again)
	}
	if a, b := one.ID("evt", noon, pay, "1"), one.ID("evt", noon, pay, "2"); a == b {
		t.Errorf("two events of one payment are both %s", a)
	}
	if a, b := one.ID("evt", noon, "a b", "c"), one.ID("evt", noon, "a", "b c"); a == b {
		t.Error("where one name ends and the next begins does not count")
	}
	later := strings.Replace(pay, pay[4:18], "01890a5d-ac96-", 1)
	if a, b := one.ID("evt", noon, pay), one.ID("evt", noon, later); a != b {
		t.Errorf("the time of the owner %s decides about what belongs to it: %s and %s", pay, a, b)
	}
}

func TestNthID_SortsByOrdinal(t *testing.T) {
	s := Seeded(1)
	var ids []string
	for _, n := range []uint64{1, 2, 3, 4095, 4096, 16383, 16384, 16385, 1 << 20, 1<<26 - 1} {
		ids = append(ids, s.NthID("pay", noon, "shop", n))
	}
	for i, id := range ids {
		if !ValidID("pay", id) {
			t.Errorf("%s does not pass", id)
		}
		if i > 0 && ids[i-1] >= id {
			t.Errorf("%s does not sort after %s", id, ids[i-1])
		}
	}
	if a, b := s.NthID("pay", noon, "shop", 1), s.NthID("pay", noon, "other", 1); a == b {
		t.Errorf("the first payments of two merchants are both %s", a)
	}
}

func TestRestarted_RepeatsNothingOfAnEarlierStart(t *testing.T) {
	if a, b := Restarted(7, 0).ID("pay", noon), Restarted(7, 1).ID("pay", noon); a == b {
		t.Errorf("two starts on the same data both make %s", a)
	}
	if a, b := Restarted(7, 1).ID("pay", noon), Restarted(7, 1).ID("pay", noon); a != b {
		t.Errorf("the same start makes %s and %s", a, b)
	}
}

func TestFor_LeavesOutTheTimeOfIdentifiers(t *testing.T) {
	early, late := "retry 2 of del_01890a5d-ac96-774b-bcce-b302099a8057", "retry 2 of del_01990b5d-bc96-774b-bcce-b302099a8057"
	if a, b := For(1, early).Uint64(), For(1, late).Uint64(); a != b {
		t.Error("the time in an identifier decides about luck")
	}
	if a, b := For(1, "del_01890a5d-ac96-774b-bcce-b302099a8057").Uint64(), For(1, "del_01890a5d-ac96-774b-bcce-b302099a8058").Uint64(); a == b {
		t.Error("two identifiers of one time meet the same luck")
	}
	if a, b := For(1, "x_1").Uint64(), For(1, "y_1").Uint64(); a == b {
		t.Error("words that are no identifiers do not count")
	}
}
