package docs

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"sandbank/bank"
	"sandbank/identity"
	"sandbank/payment"
	"sandbank/payment/instrument"
	"sandbank/web/contract"
	"sandbank/web/gate"
	"sandbank/web/look"
	"sandbank/web/look/looktest"
)

func serve(t *testing.T) *httptest.Server {
	t.Helper()
	r := mux.NewRouter()
	Mount(r, "http://localhost:8080", Access{
		API:       []gate.Route{{Method: "POST", Path: "/v1/payments", Needs: identity.WritePayments}, {Method: "POST", Path: "/graphql", Needs: gate.ByField}},
		Dashboard: []gate.Route{{Method: "GET", Path: "/ledger", Needs: identity.ReadLedger}, {Method: "GET", Path: "/problems", Needs: gate.Open}},
		Fields:    []Need{{"query payments", identity.ReadPayments}},
	})
	r.PathPrefix(look.Prefix).Handler(look.Handler())
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	return s
}

func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// documents are the pages by their addresses, with the names of their pictures.
var documents = map[string]string{
	"/docs":                      "docs/index",
	"/docs/http":                 "docs/http",
	"/docs/http/payments":        "docs/http-payments",
	"/docs/http/webhooks":        "docs/http-webhooks",
	"/docs/http/shapes":          "docs/http-shapes",
	"/docs/amqp":                 "docs/amqp",
	"/docs/webhooks":             "docs/webhooks",
	"/docs/channels":             "docs/channels",
	"/docs/streams":              "docs/streams",
	"/docs/banks":                "docs/banks",
	"/docs/money":                "docs/money",
	"/docs/steer":                "docs/steer",
	"/docs/scenarios":            "docs/scenarios",
	"/docs/check-list":           "docs/check-list",
	"/docs/sign-in":              "docs/sign-in",
	"/docs/proxy":                "docs/proxy",
	"/docs/side-by-side":         "docs/side-by-side",
	"/docs/keep":                 "docs/keep",
	"/docs/command-line":         "docs/command-line",
	"/docs/monitor":              "docs/monitor",
	"/docs/stripe":               "docs/stripe",
	"/docs/tests":                "docs/tests",
	"/docs/mollie":               "docs/mollie",
	"/docs/teach":                "docs/teach",
	"/docs/roles":                "docs/roles",
	"/docs/recipes":              "docs/recipes",
	"/docs/recipes/duplicates":   "docs/recipe",
	"/docs/search":               "docs/search",
	"/docs/search?q=signature":   "docs/search-found",
	"/docs/search?q=nothingness": "docs/search-nothing",
}

func TestPages_KeepTheHousePromises(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for path, name := range documents {
		resp, html := get(t, s.URL+path)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Security-Policy") != look.CSP {
			t.Errorf("asked for %s: want 200 with the house's policy, got %s, %s", path, resp.Status, resp.Header.Get("Content-Security-Policy"))
		}
		looktest.Gallery(t, name, html)
		if strings.Contains(html, "schemas.yaml") || strings.Contains(html, "map[") || strings.Contains(html, "&lt;nil&gt;") {
			t.Errorf("%s shows what is no text", path)
		}
	}
	look.EachAsset(func(path string, _ []byte) {
		if resp, _ := get(t, s.URL+path); resp.StatusCode != http.StatusOK {
			t.Errorf("asked for %s: want 200, got %s", path, resp.Status)
		}
	})
	if resp, css := get(t, s.URL+sheetPath()); resp.StatusCode != http.StatusOK || !strings.Contains(css, ".docs") {
		t.Errorf("the style sheet: %s", resp.Status)
	}
}

// Every link from one page of the docs to a part of another, or of itself, leads to something.
func TestPages_LinkToWhatIsThere(t *testing.T) {
	t.Parallel()
	s := serve(t)
	paths := []string{"/docs", "/docs/http", "/docs/amqp", "/docs/webhooks", "/docs/streams", "/docs/money", "/docs/steer", "/docs/channels"}
	_, chapters := httpReference()
	for _, c := range chapters {
		paths = append(paths, c.Address)
	}
	pages := map[string]string{}
	for _, path := range paths {
		_, pages[path] = get(t, s.URL+path)
	}
	parts := regexp.MustCompile(`href="(/docs[^"#]*)?#([^"]+)"`)
	for path, html := range pages {
		for _, m := range parts.FindAllStringSubmatch(html, -1) {
			to := m[1]
			if to == "" {
				to = path
			}
			if page, ok := pages[to]; !ok || !strings.Contains(page, `id="`+m[2]+`"`) {
				t.Errorf("%s links to %s#%s, which is not there", path, to, m[2])
			}
		}
		for _, m := range regexp.MustCompile(`href="/problems/([^"]+)"`).FindAllStringSubmatch(html, -1) {
			if _, ok := contract.FindProblem(m[1]); !ok {
				t.Errorf("%s links to the problem %s, which is not explained", path, m[1])
			}
		}
	}
}

func TestReference_ShowsEveryRouteAndMessage(t *testing.T) {
	t.Parallel()
	_, chapters := httpReference()
	m := maker{root: read(contract.OpenAPI())}
	var names []string
	operations, schemas := 0, 0
	for _, c := range chapters {
		names = append(names, anchor(c.Name))
		operations += len(c.Operations)
		schemas += len(c.Schemas)
		if c.Hooks != nil && len(c.Hooks.Operations) == 0 {
			t.Error("the chapter on webhooks says nothing of what they are sent")
		}
	}
	if got := strings.Join(names, "|"); got != chapterNames {
		t.Errorf("the chapters of the contract are %s, the routes' are %s", got, chapterNames)
	}
	if want := len(slices.Collect(m.operations())); operations != want {
		t.Errorf("%d operations are shown, want %d", operations, want)
	}
	if want := len(m.root.get("components", "schemas").members()); schemas != want {
		t.Errorf("%d schemas are shown, want each of %d once", schemas, want)
	}
	a := amqpReference()
	if len(a.Channels) < 7 || len(a.Messages) != 18 || len(a.Operations) < 5 {
		t.Errorf("%d channels, %d messages, %d operations", len(a.Channels), len(a.Messages), len(a.Operations))
	}
	for _, s := range a.Schemas {
		if s.Name != "Reverse" {
			continue
		}
		for _, f := range s.Fields {
			if f.Name == "deadline" || f.Name == "reverses" && !f.Required {
				t.Errorf("a reverse has %+v", f)
			}
		}
	}
}

func TestOverview_ListsTheTestNumbers(t *testing.T) {
	t.Parallel()
	_, html := get(t, serve(t).URL+"/docs")
	for _, n := range append(instrument.Cards(), instrument.Accounts()...) {
		if !strings.Contains(html, `data-copy="`+n.Number+`"`) {
			t.Errorf("%s is not listed", n.Number)
		}
	}
}

func TestOverview_DrawsEveryStatus(t *testing.T) {
	t.Parallel()
	_, html := get(t, serve(t).URL+"/docs")
	_, drawing, _ := strings.Cut(html, `aria-label="The life of a payment"`)
	drawing, _, _ = strings.Cut(drawing, "</svg>")
	for _, s := range payment.Statuses() {
		if !strings.Contains(drawing, ">"+strings.ReplaceAll(string(s), "_", " ")+"</text>") {
			t.Errorf("%s is not drawn", s)
		}
	}
}

func TestMarkup_EscapesAndShows(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a <b> & `c<d`":               "<p>a &lt;b&gt; &amp; <code>c&lt;d</code></p>\n",
		"one\ntwo\n\n**three**":       "<p>one two</p>\n<p><strong>three</strong></p>\n",
		"1. one\n   more\n2. two":     `<ol class="numbers"><li>one more</li><li>two</li></ol>` + "\n",
		"- one\n- two":                `<ul class="bullets"><li>one</li><li>two</li></ul>` + "\n",
		"## Head":                     "<h3>Head</h3>\n",
		"| a | b |\n|-|-|\n| 1 | 2 |": `<div class="card scroll" tabindex="0" role="group" aria-label="Table"><table class="plain"><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table></div>` + "\n",
	} {
		if got := string(markup(in)); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestBanks_TheFileIsOne(t *testing.T) {
	t.Parallel()
	if list, err := bank.Read("banks.yaml", []byte(banksFile)); err != nil || len(list) != 2 {
		t.Errorf("%d banks: %v", len(list), err)
	}
}
