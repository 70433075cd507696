package dashboard

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// The list is narrowed by each of its fields, and says what is wrong with one that does not parse.
func TestList_IsNarrowed(t *testing.T) {
	b := newBoard(t)
	today := b.Clock.Now().Format(time.DateOnly)
	tomorrow := b.Clock.Now().AddDate(0, 0, 1).Format(time.DateOnly)
	const found, none = `class="c-ref"`, "No payment fits"
	for path, want := range map[string]string{
		"/?bank=SANDNL2A": found, "/?bank=MUTEIE2A": none, "/?method=card": found, "/?method=account": none,
		"/?from=" + today: found, "/?from=" + tomorrow: none, "/?to=" + today: found, "/?from=2001-01-01&to=2001-01-02": none,
		"/?status=captured&q=order-1&bank=SANDNL2A&method=card&from=" + today + "&to=" + today: found, "/?q=&status=&bank=": found,
	} {
		if code, html := b.get(path); code != http.StatusOK || !strings.Contains(html, want) {
			t.Errorf("%s: %d, and no %q", path, code, want)
		}
	}
	for path, want := range map[string]string{
		"/?bank=nobody": "bank must be a bank", "/?method=cash": "method must be", "/?from=yesterday": "from must be a day such as",
		"/?to=2026-02-30": "to must be a day", "/?from=2026-02-03&to=2026-02-01": "to must be later than from", "/?status=paid": "status must be one of",
		"/dashboard/stream?bank=nobody": "bank must be a bank",
	} {
		if code, html := b.get(path); code != http.StatusBadRequest || !strings.Contains(html, want) {
			t.Errorf("%s: %d, and no %q", path, code, want)
		}
	}
	// What is asked for stands in the form, and the stream asks for the same.
	_, html := b.get("/?bank=MUTEIE2A&method=card&from=2026-01-01")
	for _, want := range []string{`value="MUTEIE2A" selected`, `value="card" selected`, `value="2026-01-01"`, `data-rows="/dashboard/stream?bank=MUTEIE2A&amp;from=2026-01-01&amp;method=card"`} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestListFilter_Query(t *testing.T) {
	for want, f := range map[string]ListFilter{"?": {}, "?bank=A&q=x+y": {Query: "x y", Bank: "A"}} {
		if got := f.query(); got != want {
			t.Errorf("%+v: %s, want %s", f, got, want)
		}
	}
}
