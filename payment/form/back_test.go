package form

import (
	"strings"
	"testing"
)

func TestCheckReturnURL_TakesWebAddressesAndApps(t *testing.T) {
	for url, want := range map[string]struct{ form, anywhere bool }{
		"https://shop.example/orders/1042": {true, true}, "http://127.0.0.1:8081/": {true, true}, "HTTPS://shop.example/": {true, true},
		"com.example.shop:/orders/1042": {true, true}, "com.example.shop://paid?order=1042#done": {true, true}, "com.example.shop:/": {true, true},
		"myapp://paid": {true, false}, "myapp:/paid": {true, false}, "my-app+2://paid": {true, false}, "exp://127.0.0.1:19000/--/paid": {true, false},
		"com..example://x": {true, false}, "com.://x": {true, false},
		"javascript:alert(1)": {}, "javascript:/alert(1)": {}, "javascript://x/%0aalert(1)": {}, "data:text/html,x": {}, "data:/text/html,x": {}, "vbscript:/x": {},
		"file:///etc/passwd": {}, "blob:/x": {}, "about:/blank": {}, "ws://shop.example/": {}, "wss://shop.example/": {}, "ftp://shop.example/": {}, "mailto:/a@b.example": {},
		"tel:/5551234": {}, "intent://scan/#Intent;scheme=zxing;end": {}, "view-source:https://shop.example/": {}, "JavaScript:/alert(1)": {}, "MyApp://paid": {},
		"https:/shop.example": {}, "//shop.example/": {}, "shop.example:8080/x": {}, "localhost:8080/x": {}, "myapp:paid": {}, "myapp:": {}, "": {}, ":/x": {}, "1app://x": {},
		"myapp://user:secret@paid/": {}, "myapp://a b": {}, "myapp:/\\evil": {}, "myapp://x/\"><script>": {}, "myapp://x\r\nSet-Cookie:a": {}, "myapp://ü": {}, " myapp://x": {},
		"myapp://paid/4242424242424242": {}, "myapp://paid?n=4242%204242-4242.4242": {}, "myapp://" + strings.Repeat("a", MaxURL): {},
	} {
		formed, registered := Problem(), Problem()
		CheckReturnURL(formed, "/return_url", url)
		CheckRegistered(registered, "/return_url", url)
		good := len(formed.Fields) == 0
		if good != want.form || good && (len(registered.Fields) == 0) != want.anywhere {
			t.Errorf("checked the return URL %q: want its form taken %t and taken beyond loopback %t, got %v and %v", url, want.form, want.anywhere, formed.Fields, registered.Fields)
		}
		if app := good && !strings.HasPrefix(strings.ToLower(url), "http"); AppURL(url) != app {
			t.Errorf("%q is an app's: want %t, got %t", url, app, AppURL(url))
		}
	}
}
