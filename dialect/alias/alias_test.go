package alias

import "testing"

const pay = "pay_01890a5d-ac96-774b-bcce-b302099a8057"

func TestHouse_GivesBackWhatItWasMadeOf(t *testing.T) {
	if id, ok := House("tr_", ID("tr_", pay), "pay"); !ok || id != pay {
		t.Errorf("it is %q, %t, expected %q", id, ok, pay)
	}
	if id, n, ok := Nth("re_", NthID("re_", pay, 7)); !ok || id != pay || n != 7 {
		t.Errorf("it is %q, %d, %t, expected %q, 7", id, n, ok, pay)
	}
}

func TestHouse_RefusesWhatIsNone(t *testing.T) {
	for _, id := range []string{
		"", "tr_", "tr_01890a5dac96774bbcceb302099a805", "tr_01890a5dac96774bbcceb302099a80577", "re_01890a5dac96774bbcceb302099a8057", "tr_01890A5dac96774bbcceb302099a8057",
		"tr_01890a5dac96474bbcceb302099a8057", "tr_ééééééééééééééé01", "tr_01890a5d-ac96-774b-bcce-b302099a",
	} {
		if found, ok := House("tr_", id, "pay"); ok {
			t.Errorf("%q stands for %q", id, found)
		}
	}
	for _, id := range []string{"re_01890a5dac96774bbcceb302099a8057", "re_01890a5dac96774bbcceb302099a805700", "re_01890a5dac96774bbcceb302099a8057-1", "re_01890a5dac96774bbcceb302099a8057x1"} {
		if found, n, ok := Nth("re_", id); ok {
			t.Errorf("%q is the %d. of %q", id, n, found)
		}
	}
}
