package dashboard

import (
	"io"
	"strings"
	"testing"

	"sandbank/web/look/looktest"
)

func TestRow_IsOneLineAndEscaped(t *testing.T) {
	row := sampleRow("pay_1", "order\r\nevent: payment\ndata: forged", "€1.00", "B", "declined", looktest.Hostile)
	html := render(t, func(w io.Writer) error { return RenderRow(w, row) })
	if strings.ContainsAny(html, "\r\n") {
		t.Errorf("a row breaks the stream's line: %q", html)
	}
	if !strings.HasPrefix(html, `<tr id="row-pay_1"`) || !strings.HasSuffix(html, "</tr>") || strings.Contains(html, "<script") {
		t.Errorf("not a row: %q", html)
	}
}

func TestPayment_EscapesHostileText(t *testing.T) {
	v := samplePayment()
	v.Merchant, v.Reference, v.Why.Text = looktest.Hostile, looktest.Hostile, looktest.Hostile
	v.Sequence.Hops[0].PayloadURL, v.Sequence.Hops[0].Note, v.Deliveries[0].Note = looktest.Hostile, looktest.Hostile, looktest.Hostile
	v.Facts[4].URL = "javascript:alert(1)"
	html := render(t, func(w io.Writer) error { return RenderPayment(w, v) })
	if strings.Contains(html, `href="javascript:`) {
		t.Error("a script became a link")
	}
	looktest.CheckHostile(t, html)
}

func TestPayment_SaysWhy(t *testing.T) {
	html := render(t, func(w io.Writer) error { return RenderPayment(w, samplePayment()) })
	for _, want := range []string{"The bank declined", "4000 0000 0000 9995", "insufficient_funds", "ISO 8583", "ISO 20022", "AM04",
		"1 min 21 s", "of silence", "AMQP", "Send again", `data-live="/dashboard/stream/x"`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestList_StandsStillWithoutStream(t *testing.T) {
	v := sampleList()
	v.StreamURL = ""
	html := render(t, func(w io.Writer) error { return RenderList(w, v) })
	if strings.Contains(html, `id="pause"`) || !strings.Contains(html, `data-rows=""`) {
		t.Error("a page of the past offers to pause")
	}
}

func TestList_KeepsItsFilter(t *testing.T) {
	html := render(t, func(w io.Writer) error {
		return RenderList(w, ListView{ListFilter: ListFilter{Status: "declined", Query: `"42`}})
	})
	for _, want := range []string{`value="declined" selected`, `value="&#34;42"`, "No payment fits", "Show all"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
