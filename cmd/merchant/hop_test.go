package main

import (
	"reflect"
	"strings"
	"testing"

	"sandbank/sim"
)

// The command holds at every hop at which the processor can.
func TestHold_KnowsEveryHop(t *testing.T) {
	var want []string
	for _, h := range sim.Hops() {
		want = append(want, string(h))
	}
	hops, _ := reflect.TypeFor[holdBegin]().FieldByName("Hops")
	if got := hops.Tag.Get("enum"); got != strings.Join(want, ",") {
		t.Errorf("cmd/merchant/hold.go: the hops to hold at are %q, expected %q", got, want)
	}
}
