package check

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const shopPage = `<form action="/search"><input name="q"></form>
<form method="POST" action="buy?from=page">
  <input type="hidden" name="csrf" value="token"><input name="size" type="radio" value="s"><input name="size" type="radio" value="m" checked>
  <input type="checkbox" name="gift" value="1"><select name="bank"><option value="">Any</option><option value="B" selected>B</option></select>
  <select name="count"><option value="1">1</option><option value="2">2</option></select><button>Buy</button>
</form>
<form method="post" action="/other"><input name="csrf" value="other"></form>`

// A page is bought from as a browser would: its cookie, its hidden fields, its own origin.
func TestBuy_SubmitsTheFirstForm(t *testing.T) {
	t.Parallel()
	var got string
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "7", Path: "/"})
			_, _ = io.WriteString(w, shopPage)
			return
		}
		cookie, err := r.Cookie("session")
		if err != nil || cookie.Value != "7" || r.ParseForm() != nil {
			t.Errorf("the form came without the page's cookie: %v", r.Header)
		}
		got = r.URL.String() + " " + r.PostForm.Encode() + " " + strings.TrimPrefix(r.Header.Get("Origin"), "http://"+r.Host)
		w.WriteHeader(http.StatusSeeOther)
	}))
	defer shop.Close()
	if err := Buy(shop.URL+"/shop/")(t.Context(), shop.Client()); err != nil {
		t.Fatal(err)
	}
	if want := "/shop/buy?from=page bank=B&count=1&csrf=token&size=m "; got != want {
		t.Errorf("the form came as %q, expected %q", got, want)
	}
}

func TestBegin_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			http.Error(w, r.Header.Get("Content-Type"), http.StatusTeapot)
			return
		}
		_, _ = io.WriteString(w, "<form><input name=q></form>")
	}))
	defer shop.Close()
	for name, c := range map[string]struct {
		begin Beginner
		says  string
	}{
		"no form":   {Buy(shop.URL), "has no form that is posted"},
		"refused":   {Post(shop.URL, ""), "was answered with 418 I'm a teapot: application/x-www-form-urlencoded"},
		"as JSON":   {Post(shop.URL, ` {"sku": "mug"}`), "application/json"},
		"not there": {Buy("http://127.0.0.1:1/"), "refused"},
	} {
		if err := c.begin(t.Context(), shop.Client()); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: a payment was begun with %v, expected an error with %s", name, err, c.says)
		}
	}
}
