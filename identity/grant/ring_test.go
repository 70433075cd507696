package grant

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// counter makes keys k1, k2, ….
func counter() func() (Key, error) {
	n := 0
	return func() (Key, error) { n++; return Key{ID: fmt.Sprint("k", n), PKCS8: []byte{byte(n)}}, nil }
}

func ids(keys []Key) (list []string) {
	for _, k := range keys {
		list = append(list, k.ID)
	}
	return list
}

func TestRing_Turns(t *testing.T) {
	fresh, life := counter(), 15*time.Minute
	r, err := Ring{}.Begun(noon, fresh)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := r.Begun(noon.Add(time.Hour), fresh); !reflect.DeepEqual(again, r) {
		t.Errorf("begun twice: %+v", again)
	}
	if _, err := r.Turned(noon.Add(Published-time.Second), life, fresh); !errors.Is(err, ErrTooNew) {
		t.Errorf("turned to a key that nobody knows yet: %v", err)
	}
	now := noon.Add(Published)
	turned, err := r.Turned(now, life, fresh)
	if err != nil {
		t.Fatal(err)
	}
	if k, _ := turned.Present(); k.ID != "k2" {
		t.Errorf("%s signs", k.ID)
	}
	for at, want := range map[time.Duration][]string{0: {"k1", "k2", "k3"}, life - 1: {"k1", "k2", "k3"}, life: {"k2", "k3"}} {
		if got := ids(turned.Usable(now.Add(at))); !reflect.DeepEqual(got, want) {
			t.Errorf("after %s: %v", at, got)
		}
	}
	if _, ok := turned.Find("k1", now.Add(life)); ok {
		t.Error("a former key verifies although all it signed has run out")
	}
	read, err := ReadRing(turned.Write())
	if err != nil || !reflect.DeepEqual(read, turned) {
		t.Errorf("read back as %+v, %v", read, err)
	}
	third, err := turned.Turned(now.Add(MaxAge), life, fresh)
	if err != nil || !reflect.DeepEqual(ids(third.Keys), []string{"k2", "k3", "k4"}) {
		t.Errorf("turned again: %v, %v", ids(third.Keys), err)
	}
}

func TestRing_GrowsOld(t *testing.T) {
	r, _ := Ring{}.Begun(noon, counter())
	if r.Old(noon.Add(MaxAge-time.Second)) || !r.Old(noon.Add(MaxAge)) || !(Ring{}).Old(noon) {
		t.Error("a key is old after MaxAge, and not before")
	}
}

func TestRing_Replaced(t *testing.T) {
	fresh := counter()
	r, _ := Ring{}.Begun(noon, fresh)
	replaced, err := Replaced(noon, fresh)
	if err != nil || !reflect.DeepEqual(ids(replaced.Keys), []string{"k3", "k4"}) {
		t.Errorf("%v became %v, %v", ids(r.Keys), ids(replaced.Keys), err)
	}
}

func FuzzReadRing(f *testing.F) {
	r, _ := Ring{}.Begun(noon, counter())
	f.Add(r.Write())
	f.Add([]byte(`{"keys":[{"kid":"a","from":"0001-01-01T00:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ReadRing(b)
		if err != nil {
			return
		}
		again, err := ReadRing(r.Write())
		if err != nil || len(again.Keys) != len(r.Keys) {
			t.Fatalf("%q reads as %+v, and that as %+v, %v", b, r, again, err)
		}
	})
}
