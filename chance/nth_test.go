package chance

import "testing"

// The number of an identifier is found where the source makes it, and nowhere else.
func TestNth_FindsItsNumber(t *testing.T) {
	s := Seeded(7)
	for _, n := range []uint64{1, 2, 300, 1 << 14, 1<<26 - 1} {
		id := s.NthID("pay", noon, "demo-shop", n)
		if got, ok := s.Nth(id, "demo-shop"); !ok || got != n {
			t.Errorf("the number of %s is %d, %t, not %d", id, got, ok, n)
		}
		for name, other := range map[string]*Source{"another seed": Seeded(8), "another start": Restarted(7, 1), "none": Crypto()} {
			if _, ok := other.Nth(id, "demo-shop"); ok {
				t.Errorf("%s makes %s as well", name, id)
			}
		}
		if _, ok := s.Nth(id, "other-shop"); ok {
			t.Errorf("another owner's %s is taken for it", id)
		}
	}
	for _, id := range []string{"", "pay_", "pay_x", Crypto().ID("pay", noon)} {
		if _, ok := s.Nth(id, "demo-shop"); ok {
			t.Errorf("%q has a number", id)
		}
	}
	if s.Seed() != 7 || Crypto().Seed() != 0 {
		t.Error("the seed is not told as it is")
	}
}
