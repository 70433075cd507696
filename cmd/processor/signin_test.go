package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"sandbank/identity"
	"sandbank/secret"
)

func TestSignIn_Flags(t *testing.T) {
	clients := []identity.Client{identity.DemoShop, identity.OtherShop}
	for name, c := range map[string]struct {
		flags                     signInFlags
		loopback, plain, allowDev bool
		asked                     bool
		people                    int
		fault                     string
	}{
		"first day":                 {signInFlags{SignIn: "auto"}, true, true, false, false, 5, ""},
		"own clients":               {signInFlags{SignIn: "auto"}, true, false, false, true, 5, ""},
		"own people":                {signInFlags{SignIn: "auto", People: []secret.Text{"ann:a-good:password:operator"}}, true, true, false, true, 1, ""},
		"always":                    {signInFlags{SignIn: "always"}, true, true, false, true, 5, ""},
		"never":                     {signInFlags{SignIn: "never"}, false, false, false, false, 0, ""},
		"outside, nobody":           {signInFlags{SignIn: "auto"}, false, false, false, true, 0, "--sign-in"},
		"outside, meant":            {signInFlags{SignIn: "auto"}, false, true, true, true, 5, ""},
		"of a merchant":             {signInFlags{People: []secret.Text{"ann:a-good-password:merchant:demo-shop"}}, true, true, false, false, 1, ""},
		"of no merchant":            {signInFlags{People: []secret.Text{"ann:a-good-password:merchant"}}, true, true, false, false, 1, "ann"},
		"of an unknown merchant":    {signInFlags{People: []secret.Text{"ann:a-good-password:merchant:x"}}, true, true, false, false, 1, "merchant"},
		"operator with a merchant":  {signInFlags{People: []secret.Text{"ann:a-good-password:operator:demo-shop"}}, true, true, false, false, 1, "role"},
		"a bank":                    {signInFlags{People: []secret.Text{"ann:a-good-password:bank"}}, true, true, false, false, 1, "role"},
		"a short password":          {signInFlags{People: []secret.Text{"ann:short:operator"}}, true, true, false, false, 1, "password"},
		"no role":                   {signInFlags{People: []secret.Text{"ann:a-good-password"}}, true, true, false, false, 1, "NAME:PASSWORD:ROLE"},
		"a name with a space":       {signInFlags{People: []secret.Text{"a b:a-good-password:operator"}}, true, true, false, false, 1, "name"},
		"twice":                     {signInFlags{People: []secret.Text{"ann:a-good-password:operator", "ann:a-good-password:auditor"}}, true, true, false, false, 2, "twice"},
		"an app over plain HTTP":    {signInFlags{Apps: []string{"x:http://x.example/"}}, true, true, false, false, 5, "--app x"},
		"an app named as a client":  {signInFlags{Apps: []string{"demo-shop:https://x/"}}, true, true, false, false, 5, "--app"},
		"an app named as ours":      {signInFlags{Apps: []string{"dashboard:https://x/"}}, true, true, false, false, 5, "--app"},
		"an app with two addresses": {signInFlags{Apps: []string{"x:https://x/", "x:https://y/"}}, true, true, false, false, 5, ""},
	} {
		if c.flags.SignIn == "" {
			c.flags.SignIn = "never"
		}
		w, err := c.flags.check(clients, c.loopback, c.plain, c.allowDev)
		if (err == nil) != (c.fault == "") || err != nil && (!strings.Contains(err.Error(), c.fault) || strings.Contains(err.Error(), "a-good")) {
			t.Errorf("checked the sign-in flags, %s: want the error %q, got %v", name, c.fault, err)
		}
		if w.SignIn != c.asked || len(w.People) != c.people {
			t.Errorf("%s: asked %v, %d people", name, w.SignIn, len(w.People))
		}
	}
	p, err := parsePerson("ann:with:colons:in:it:merchant:demo-shop", clients)
	if err != nil || p.Password != "with:colons:in:it" || p.Merchant.ID != "demo-shop" {
		t.Errorf("parsed a person whose password has colons: want it whole, got %+v, %v", p, err)
	}
}

// Where people sign in, every page but those that explain asks for it; where not,
// none does.
func TestRun_AsksPeopleToSignIn(t *testing.T) {
	said, end := embedded(t, "--log-format", "json", "--no-shop", "--sign-in", "always")
	var ready struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal([]byte(said), &ready); err != nil {
		t.Fatalf("read the line that says the processor is ready: %v: %s", err, said)
	}
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for path, want := range map[string]int{
		"/": 303, "/ledger": 303, "/events": 303, "/webhooks": 303, "/banks": 303, "/dead-letters": 303, "/payments/pay_1": 303, "/payments/pay_1/live": 303, "/dashboard/stream": 303,
		"/problems": 200, "/docs": 200, "/livez": 200, "/signed-out": 200, "/nothing": 404, "/v1/payments": 401, "/pay/nonsense": 404,
	} {
		q, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, ready.URL+path, nil)
		q.Header.Set("Accept", "text/html")
		r, err := c.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		if r.StatusCode != want || want == 303 && !strings.HasPrefix(r.Header.Get("Location"), "/sign-in?to=") {
			t.Errorf("GET %s: %s, want %d", path, r.Status, want)
		}
	}
	if code := end(); code != 0 {
		t.Errorf("ended with %d", code)
	}
}

func TestRotateKey_TurnsTheRing(t *testing.T) {
	folder := keptData(t)
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"rotate-key"}, io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), "--data") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	for _, step := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 0, "signs from now on"}, {nil, 1, "--compromised"}, {[]string{"--compromised"}, 0, "signs from now on"},
	} {
		out.Reset()
		errs.Reset()
		if code := run(t.Context(), append([]string{"rotate-key", "--data", folder}, step.args...), &out, &errs); code != step.code || !strings.Contains(out.String()+errs.String(), step.want) {
			t.Errorf("%v: exit code %d: %s%s", step.args, code, out.String(), errs.String())
		}
	}
}
