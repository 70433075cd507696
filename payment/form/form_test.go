package form

import (
	"strings"
	"testing"

	"sandbank/event"
)

// Each row is a kind of address of the URL standard's own tests.
func TestCheckURL_TakesWhatTheStandardTakes(t *testing.T) {
	for url, good := range map[string]bool{
		"https://shop.example/orders/1042?from=sandbank#top": true, "http://127.0.0.1:8081/": true, "http://[::1]:8081/x": true, "http://[0:0::1]/": true,
		"https://a.example": true, "HTTPS://A.EXAMPLE/": true, "https://xn--bcher-kva.example/": true, "http://h/?<": true, "http://h/%41?a[b]=c|d": true,
		"https://a.example./": true, "http://localhost/": true,
		"http://a<b": false, "http://a>b": false, "http://a]b/": false, "http://a[b/": false, "http://a^b/": false, "http://a|b/": false, "http://a%b/": false,
		"http://256.256.256.256/": false, "http://1.2.3.4.5/": false, "http://0x7f.1/": false, "http://2130706433/": false, "http://127.1/": false, "http://1.2.3.08/": false,
		"http://%25": false, "http://a%00b/": false, "https://example.com%80/": false, "https://%C3%A9.example/": false, "http://ex%41mple.com/": false,
		"https://xn--/": false, "https://xn--a/": false, "http://[::1": false, "http://[1:2]/": false, "http://[::1%25eth0]/": false, "http://[www.example]/": false,
		"http://a:b@c:29/": false, "http://user@/": false, "http://:8080/": false, "http://f:999999/": false, "http://a:0/": false, "http://h:x/": false,
		"https:shop.example": false, "https:/shop.example": false, "https:///shop.example": false, "//shop.example/": false, "shop.example": false, "": false,
		"javascript:alert(1)": false, "data:text/html,x": false, "ftp://a.example/": false, " https://a.example/": false, "https://a.example/\t": false,
		"https:\\\\a.example": false, "https://bücher.example/": false, "https://a.example/é": false, "https://a.example/%zz": false,
	} {
		problem := Problem()
		CheckURL(problem, "/url", url)
		if (len(problem.Fields) == 0) != good {
			t.Errorf("checked the URL %q: want it accepted %t, got %v", url, good, problem.Fields)
		}
	}
}

func TestText_CountsCharacters(t *testing.T) {
	for text, good := range map[string]bool{
		strings.Repeat("a", 100): true, strings.Repeat("😀", 100): true, strings.Repeat("注", 100): true, strings.Repeat("注", 101): false,
		"": false, "a\nb": false, "a\x00b": false, "a\u0085b": false, "\xff": false, "4242\u00a04242\u00a04242\u00a04242": false, "order 2026-0042": true,
	} {
		problem := Problem()
		Reference.Check(problem, "/reference", text)
		if (len(problem.Fields) == 0) != good {
			t.Errorf("checked the reference %q: want it accepted %t, got %v", text, good, problem.Fields)
		}
	}
	problem := Problem()
	if Evidence.Check(problem, "/evidence", "Delivered.\r\n\tSigned by B."); len(problem.Fields) > 0 {
		t.Error(problem)
	}
}

// Another processor's name for an event type, or a misspelled one, is answered
// with ours.
func TestCheckSubscribed_KnowsTheRightWord(t *testing.T) {
	for word, right := range map[string]string{
		"payment.paid": "payment.captured", "payment.succeeded": "payment.captured", "payment_intent.succeeded": "payment.captured", "charge.refunded": "refund.succeeded",
		"checkout.session.completed": "payment.captured", "payment.capturd": "payment.captured", "payment.cancelled": "payment.canceled", "Payment.Captured": "payment.captured",
		"payments.captured": "payment.captured", "refund.suceeded": "refund.succeeded", "captured": "payment.captured", "payment.rejected": "payment.declined",
		"dispute.closed": "dispute.lost", "nonsense": "",
	} {
		if got := MeantType(word); got != right {
			t.Errorf("%q is taken for %q, want %q", word, got, right)
		}
		problem := Problem()
		CheckSubscribed(problem, "/events", []string{"*", "payment.captured", word})
		if len(problem.Fields) != 1 || problem.Fields[0].Pointer != "/events/2" || !strings.Contains(problem.Fields[0].Detail, right) {
			t.Errorf("subscribed to %q: want one complaint at /events/2 that names %q, got %v", word, right, problem.Fields)
		}
	}
	problem := Problem()
	if CheckTypes(problem, "types", []string{"payment.abandoned"}); !strings.Contains(problem.Error(), "told to nobody") {
		t.Error(problem)
	}
	for _, known := range event.Types() {
		problem := Problem()
		if CheckTypes(problem, "types", []string{known}); len(problem.Fields) > 0 {
			t.Errorf("asked for the known type %s: want no complaint, got %v", known, problem)
		}
	}
}
