package gate_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"sandbank/web/gate"
)

func TestPrefers_GoesByWeightAndByHowNearARangeIs(t *testing.T) {
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", "text/csv": "text/csv", "TEXT/CSV": "text/csv", "text/csv;q=0": "", "text/html": "",
		"text/csv, application/json": "application/json", "text/csv, application/json;q=0.9": "text/csv", "application/json;q=0.1,text/*": "text/csv",
		"text/csv;q=0, */*": "application/json", "*/*;q=0.1, text/csv;charset=utf-8;q=0.5": "text/csv", `text/csv; header="a,b"; q=1`: "text/csv",
		"text/csvx": "", "application/json;q=0, */*": "text/csv", "text/csv ; Q=0.5 , application/json ; q=0.4": "text/csv",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		if got := gate.Prefers(r, "application/json", "text/csv"); got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header["Accept"] = []string{"application/json;q=0.2", "text/csv"}
	if got := gate.Prefers(r, "application/json", "text/csv"); got != "text/csv" {
		t.Errorf("two lines: %q", got)
	}
}

func TestNames_WantsItByName(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "*/*": false, "text/*": false, "text/html": true, "Text/HTML": true, "text/html;q=0": false, "application/xhtml+xml,text/html;q=0.9,*/*": true, "x/text/html": false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept", accept)
		if got := gate.Names(r, "text/html"); got != want {
			t.Errorf("Accept %q: want text/html named %t, got %t", accept, want, got)
		}
	}
}

func TestPreferredWait_ReadsRFC7240(t *testing.T) {
	for prefer, want := range map[string]int{
		"wait=10": 10, "Wait=10": 10, `wait="10"`: 10, "WAIT = 10": 10, "respond-async, wait=10": 10, "respond-async; x=1, wait=10; y": 10, `foo="a, wait=5"`: 0,
		"wait=99999999999999999999": 60, "wait=9999": 60, "wait=-1": 0, "wait=x": 0, "wait": 0, "wait=5, wait=10": 5, "waiting=5": 0, "": 0, "return=minimal;wait=5": 0, "wait=1.5": 0,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Prefer", prefer)
		if got := gate.PreferredWait(r, time.Minute); got != time.Duration(want)*time.Second {
			t.Errorf("%q: %s, want %d s", prefer, got, want)
		}
	}
}

func TestHasETag_ReadsLists(t *testing.T) {
	for sent, want := range map[string]bool{
		`"1"`: true, `W/"1"`: true, `"0", "1"`: true, "*": true, `"2"`: false, `1`: false, `"0,1"`: false, `"a,b", W/"1"`: true, "": false, `"1`: false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("If-None-Match", sent)
		if got, _ := gate.HasETag(r, `"1"`); got != want {
			t.Errorf(`If-None-Match %q against "1": want a match %t, got %t`, sent, want, got)
		}
	}
}
