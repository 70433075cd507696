package main

import (
	"testing"
	"time"
)

func TestClass_IsTakenAtAnAddressThatPhonesReach(t *testing.T) {
	t.Parallel()
	f := classFlags{Class: true, ClassSize: 60, ClassFor: 2 * time.Hour}
	for _, c := range []runCommand{
		{Addr: "0.0.0.0:8080", PublicURL: "http://192.168.1.20:8080"}, {Addr: "192.168.1.20:8080"}, {Addr: ":8080", PublicURL: "https://class.example"},
	} {
		got, err := f.check(c)
		if err != nil || got == nil || got.Students != 60 || got.Life != 2*time.Hour {
			t.Errorf("at %q the class is %+v, %v", c.Addr, got, err)
		}
	}
	if got, err := (classFlags{ClassSize: 200, ClassFor: 8 * time.Hour}).check(runCommand{Addr: "127.0.0.1:8080"}); got != nil || err != nil {
		t.Errorf("without --class there is %+v, %v", got, err)
	}
}
