package node

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sandbank/clock"
	"sandbank/web/gate"
)

// pupil is a student's phone: a browser without script.
type pupil struct {
	*testing.T
	http *http.Client
	base string
}

func newPupil(t *testing.T, base string) *pupil {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &pupil{t, &http.Client{Jar: jar, Transport: transport, Timeout: pupilPatience}, base}
}

// pupilPatience bounds what a student waits for, on a machine that has other things to do.
const pupilPatience = 10 * time.Minute

// read is an answer's status, its address after all redirects, and its text.
func (p *pupil) read(r *http.Response, err error) (status int, at, text string) {
	p.Helper()
	if err != nil {
		p.Error(err)
		return 0, "", ""
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.Error(err)
	}
	return r.StatusCode, r.Request.URL.Path, string(body)
}

func (p *pupil) get(path string) (int, string, string) {
	p.Helper()
	return p.read(p.http.Get(p.base + path))
}

func (p *pupil) post(path string, form url.Values) (int, string, string) {
	p.Helper()
	return p.read(p.http.PostForm(p.base+path, form))
}

var shopName = regexp.MustCompile(`<h1>([^<]+)</h1>`)

// joins joins, and returns the name of the shop.
func (p *pupil) joins(code string) string {
	p.Helper()
	status, at, page := p.post("/join", url.Values{"code": {code}})
	name := shopName.FindStringSubmatch(page)
	if status != http.StatusOK || at != "/join" || name == nil {
		p.Errorf("joining came to %d at %s: %s", status, at, page)
		return ""
	}
	return name[1]
}

// buys has the shop ask for a payment, and pays it on its checkout.
func (p *pupil) buys(product string) {
	p.Helper()
	_, checkout, page := p.post("/join/buy", url.Values{"product": {product}})
	if !strings.HasPrefix(checkout, "/pay/") {
		p.Errorf("buying leads to %s: %s", checkout, page)
		return
	}
	_, _, review := p.post(checkout, url.Values{
		"csrf": {hidden(page, "csrf")}, "method": {"card"}, "number": {"4242424242424242"}, "exp": {"12/34"}, "csc": {"123"}, "name": {"A Student"},
	})
	if status, _, text := p.post(checkout+"/confirm", url.Values{"csrf": {hidden(review, "csrf")}, "instrument": {hidden(review, "instrument")}, "try": {hidden(review, "try")}}); status != http.StatusOK {
		p.Errorf("paying came to %d: %s", status, text)
	}
}

// awaits follows a page's stream, and looks at the page after each of its words, until it has a text so often.
func (p *pupil) awaits(stream, page, text string, times int) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), pupilPatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+stream, nil)
	if err != nil {
		p.Error(err)
		return
	}
	live, err := p.http.Do(r)
	if err != nil {
		p.Error(err)
		return
	}
	defer func() { _ = live.Body.Close() }()
	last := ""
	for lines := bufio.NewScanner(live.Body); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "data: ") {
			continue
		}
		if _, _, last = p.get(page); strings.Count(last, text) == times {
			return
		}
	}
	p.Errorf("%s has %q %d times, expected %d", page, text, strings.Count(last, text), times)
}

// Sixty students join at once, each pays in a shop of its own, and the wall has them all. Simulated time stands still, so that
// no bank is late where the machine is.
func TestClass_SixtyStudentsOnOneProcessor(t *testing.T) {
	t.Parallel()
	const students = 60
	still := clock.NewSteered(clock.State{At: clock.Real{}.Now(), Since: clock.Real{}.Now(), Version: 1})
	n := started(t, Config{Class: &Class{Students: students}, Clock: still})
	teacher := newPupil(t, n.URL())
	_, _, page := teacher.get("/class")
	code := regexp.MustCompile(`The code: </span>([A-Z0-9]{3})<span class="code-gap"></span>([A-Z0-9]{3})`).FindStringSubmatch(page)
	if code == nil {
		t.Fatal(page)
	}
	var all sync.WaitGroup
	names := make([]string, students)
	class := make([]*pupil, students)
	for i := range students {
		class[i] = newPupil(t, n.URL())
		all.Go(func() {
			if names[i] = class[i].joins(code[1] + " " + strings.ToLower(code[2])); names[i] != "" {
				class[i].buys([]string{"mug", "bowl", "spoon"}[i%3])
				class[i].awaits("/join/live", "/join", "payment.captured", 1)
			}
		})
	}
	teacher.awaits("/class/wall/live", "/class/wall", "<span>Captured</span>", students)
	all.Wait()
	seen := map[string]bool{}
	_, _, wall := teacher.get("/class/wall")
	for _, name := range names {
		if seen[name] || !strings.Contains(wall, ">"+name+"</a>") {
			t.Errorf("%q is on the wall twice, or not", name)
		}
		seen[name] = true
	}
	if status, _, text := newPupil(t, n.URL()).post("/join", url.Values{"code": {code[1] + code[2]}}); status != http.StatusConflict || !strings.Contains(text, "takes no more") {
		t.Errorf("one student more: expected 409, got %d", status)
	}
	one := regexp.MustCompile(`/class/wall\?payment=(pay_[0-9a-f-]+)`).FindStringSubmatch(wall)
	if status, _, text := teacher.get("/class/wall?payment=" + one[1]); status != http.StatusOK || !strings.Contains(text, "seq-large") || !strings.Contains(text, "Approved") {
		t.Errorf("the wall projects a payment with %d", status)
	}
	if status, _, _ := teacher.post("/class/end", nil); status != http.StatusOK {
		t.Errorf("ending the class came to %d", status)
	}
	if _, _, text := class[0].get("/join"); !strings.Contains(text, "Join the class") {
		t.Error("after its end a student is still of the class")
	}
}

func TestClass_ItsCodeCannotBeGuessed(t *testing.T) {
	t.Parallel()
	n := started(t, Config{Class: &Class{}})
	stranger := newPupil(t, n.URL())
	refused := 0
	for i := range 30 {
		status, _, text := stranger.post("/join", url.Values{"code": {fmt.Sprintf("AAA%03d", i)}})
		switch {
		case status == http.StatusTooManyRequests:
			refused++
		case status != http.StatusUnprocessableEntity || !strings.Contains(text, "This is not the code of the class."):
			t.Errorf("guess %d came to %d: %s", i, status, text)
		}
	}
	if refused < 15 {
		t.Errorf("%d of 30 guesses were not looked at, expected 15 or more", refused)
	}
	for _, form := range []url.Values{nil, {"product": {"mug"}}} {
		if _, at, _ := stranger.post("/join/buy", form); at != "/join" {
			t.Errorf("somebody who has not joined buys at %s", at)
		}
	}
}

func TestClass_NobodyJoinsWhereThereIsNone(t *testing.T) {
	t.Parallel()
	n := started(t, Config{})
	p := newPupil(t, n.URL())
	for _, path := range []string{"/join", "/join?code=ABCDEF", "/class/wall"} {
		if status, _, text := p.get(path); status != http.StatusNotFound || !strings.Contains(text, "--class") {
			t.Errorf("%s: expected 404 and a hint, got %d", path, status)
		}
	}
	if status, _, _ := p.post("/join", url.Values{"code": {"ABCDEF"}}); status != http.StatusNotFound {
		t.Errorf("joining: expected 404, got %d", status)
	}
}

// Beyond loopback, where people sign in, a student's phone joins and pays, and sees nothing that is not its own.
func TestClass_StudentsSeeTheirOwnAlone(t *testing.T) {
	t.Parallel()
	beyond := HTTP{Limits: gate.Limits{Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}}
	n := started(t, Config{Class: &Class{}, HTTP: beyond, People: People{SignIn: true}})
	if beyond.Loopback() {
		t.Fatal("with a proxy the node is on loopback")
	}
	code, _ := n.board.Class.Code()
	one, other := newPupil(t, n.URL()), newPupil(t, n.URL())
	name := one.joins(code)
	other.joins(code)
	one.buys("mug")
	one.awaits("/join/live", "/join", "payment.captured", 1)
	if _, _, page := other.get("/join"); strings.Contains(page, "payment.captured") || strings.Contains(page, name) {
		t.Error("a student's page has what is another's")
	}
	for _, path := range []string{"/", "/class", "/class/wall", "/class/live", "/lessons", "/banks", "/ledger", "/audit"} {
		if status, at, page := one.get(path); status == http.StatusOK && at == path || strings.Contains(page, code) {
			t.Errorf("a student sees %s: %d", path, status)
		}
	}
	for _, path := range []string{"/v1/payments", "/v1/events", "/sim/clock"} {
		if status, _, _ := one.get(path); status != http.StatusUnauthorized {
			t.Errorf("a student asks for %s: expected 401, got %d", path, status)
		}
	}
}
