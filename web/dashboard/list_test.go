package dashboard

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandbank/internal/processortest"
	"sandbank/payment"
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
	for _, want := range []string{`value="MUTEIE2A" selected`, `value="card" selected`, `value="2026-01-01"`, `data-rows="/dashboard/stream?bank=MUTEIE2A&amp;from=2026-01-01&amp;method=card&amp;state=`} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q", want)
		}
	}
}

// What changes between a page and the beginning of its stream, or while a connection is broken, is sent; else nothing is.
func TestList_IsFollowedFromWhereItStands(t *testing.T) {
	b := newBoard(t)
	_, q := b.Paid()
	_, page := b.get("/")
	_, rest, _ := strings.Cut(page, `data-rows="`)
	stream, _, _ := strings.Cut(rest, `"`)
	stream = strings.ReplaceAll(stream, "&amp;", "&")
	if heard := b.listen(stream); strings.Contains(heard, "event: row") {
		t.Errorf("nothing has changed, and %s says\n%s", stream, heard)
	}
	b.Say(processortest.Answer(q, payment.OutcomeDeclined))
	heard := b.listen(stream)
	if !strings.Contains(heard, `<tr id="row-`+q.Payment) || !strings.Contains(heard, "Declined 1 of 3") {
		t.Fatalf("a change after the page was lost; heard\n%s", heard)
	}
	rows := strings.Split(strings.TrimSpace(heard), "\n\n")
	state, _, _ := strings.Cut(strings.TrimPrefix(rows[len(rows)-1], "id: "), "\n")
	if again := b.listen("/dashboard/stream?state=" + url.QueryEscape(state)); strings.Count(heard, "id: ") != 1 || strings.Contains(again, "event: row") {
		t.Errorf("the last row alone has to name the state, from which nothing has changed; heard\n%s\nand then\n%s", heard, again)
	}
}

func TestListFilter_Query(t *testing.T) {
	for want, f := range map[string]ListFilter{"?": {}, "?bank=A&q=x+y": {Query: "x y", Bank: "A"}} {
		if got := f.query(); got != want {
			t.Errorf("%+v: %s, want %s", f, got, want)
		}
	}
}
