package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sandbank/internal/processortest"
	"sandbank/processor"
	"sandbank/web/api"
	"sandbank/webhook"
)

// laden is a rig whose store holds a payment under way and an endpoint, with what
// is stored of them.
func laden(t *testing.T) (*rig, processortest.Snapshot) {
	t.Helper()
	r := newRig(t, nil)
	if w := r.call(http.MethodPost, "/v1/webhook-endpoints", `{"url": "https://hooks.example/"}`); w.Code != 201 {
		t.Fatal(w.Body)
	}
	if w := r.call(http.MethodPost, "/v1/payments", good, "Idempotency-Key: taken"); w.Code != 202 {
		t.Fatal(w.Body)
	}
	r.Paid()
	return r, r.Stored()
}

func TestCreatePayment_RefusesBadInput(t *testing.T) {
	r, before := laden(t)
	amount := func(value string) string { return with("amount", `{"value": `+value+`, "currency": "EUR"}`) }
	text := func(s string) string { return `"` + s + `"` }
	for name, c := range map[string]struct {
		body  string
		field string // the error points at it; "-" where there is no place to point at
	}{
		"amount -0":              {amount(`"-0"`), "/amount/value"},
		"amount +5":              {amount(`"+5"`), "/amount/value"},
		"amount .5":              {amount(`".5"`), "/amount/value"},
		"amount 5.":              {amount(`"5."`), "/amount/value"},
		"amount 1e2":             {amount(`"1e2"`), "/amount/value"},
		"amount 1e9999":          {amount(`"1e9999"`), "/amount/value"},
		"amount decimals":        {amount(`"1.001"`), "/amount/value"},
		"amount zero":            {amount(`"0.00"`), "/amount/value"},
		"amount too large":       {amount(`"1000000000000"`), "/amount/value"},
		"amount empty":           {amount(`""`), "/amount/value"},
		"amount a number":        {amount(`19.99`), "/amount/value"},
		"amount a boolean":       {amount(`true`), "/amount/value"},
		"amount an array":        {amount(`[]`), "/amount/value"},
		"yen with decimals":      {with("amount", `{"value": "1.00", "currency": "JPY"}`), "/amount/value"},
		"currency unknown":       {with("amount", `{"value": "1.00", "currency": "XXX"}`), "/amount/currency"},
		"currency lower":         {with("amount", `{"value": "1.00", "currency": "eur"}`), "/amount/currency"},
		"currency missing":       {with("amount", `{"value": "1.00"}`), "/amount/currency"},
		"amount missing":         {`{"reference": "r", "return_url": "https://a.example/"}`, "/amount/currency"},
		"amount null":            {with("amount", `null`), "/amount"},
		"amount a string":        {with("amount", `"19.99 EUR"`), "/amount"},
		"null":                   {`null`, ""},
		"metadata null":          {with("metadata", `null`), "/metadata"},
		"metadata value null":    {with("metadata", `{"order": null}`), "/metadata/order"},
		"description null":       {with("description", `null`), "/description"},
		"bank null":              {with("bank", `null`), "/bank"},
		"expires null":           {with("expires_in_seconds", `null`), "/expires_in_seconds"},
		"expires tiny":           {with("expires_in_seconds", `9e-999999999`), "/expires_in_seconds"},
		"expires huge":           {with("expires_in_seconds", `9e999999999`), "/expires_in_seconds"},
		"expires 900.5":          {with("expires_in_seconds", `900.5`), "/expires_in_seconds"},
		"empty":                  {``, "-"},
		"array":                  {`[]`, "-"},
		"string":                 {`"x"`, "-"},
		"cut":                    {good[:40], "-"},
		"trailing data":          {good + `{}`, "-"},
		"trailing brace":         {good + `}`, "-"},
		"trailing comma":         {good[:len(good)-1] + `,}`, "-"},
		"comment":                {`/* hello */` + good, "-"},
		"duplicate key":          {good[:len(good)-1] + `, "reference": "twice"}`, "/reference"},
		"duplicate nested key":   {with("amount", `{"value": "1.00", "value": "2.00", "currency": "EUR"}`), "/amount/value"},
		"case-folded key":        {good[:len(good)-1] + `, "Reference": "other"}`, "/Reference"},
		"unknown field":          {with("colour", `"red"`), "/colour"},
		"unknown nested field":   {with("amount", `{"value": "1.00", "currency": "EUR", "minor": 100}`), "/amount/minor"},
		"depth":                  {with("metadata", strings.Repeat("[", 9000)+strings.Repeat("]", 9000)), "/metadata"},
		"lone surrogate":         {with("reference", `"\ud800"`), "/reference"},
		"invalid UTF-8":          {with("reference", "\"\xff\""), "/reference"},
		"raw control":            {with("reference", "\"a\x01b\""), "/reference"},
		"byte order mark":        {"\ufeff" + good, "-"},
		"reference missing":      {with("reference", `""`), "/reference"},
		"reference NUL":          {with("reference", `"a\u0000b"`), "/reference"},
		"reference line end":     {with("reference", `"a\nb"`), "/reference"},
		"reference long":         {with("reference", text(strings.Repeat("r", 101))), "/reference"},
		"reference a number":     {with("reference", `1042`), "/reference"},
		"description long":       {with("description", text(strings.Repeat("d", 256))), "/description"},
		"bank lower":             {with("bank", `"sandnl2a"`), "/bank"},
		"bank unknown":           {with("bank", `"NOPENL2A"`), "/bank"},
		"capture later":          {with("capture", `"later"`), "/capture"},
		"expires zero":           {with("expires_in_seconds", `0`), "/expires_in_seconds"},
		"expires negative":       {with("expires_in_seconds", `-1`), "/expires_in_seconds"},
		"expires long":           {with("expires_in_seconds", `604801`), "/expires_in_seconds"},
		"expires fraction":       {with("expires_in_seconds", `1.5`), "/expires_in_seconds"},
		"expires beyond":         {with("expires_in_seconds", `99999999999999999999`), "/expires_in_seconds"},
		"expires a string":       {with("expires_in_seconds", `"900"`), "/expires_in_seconds"},
		"attempts zero":          {with("attempts", `0`), "/attempts"},
		"attempts many":          {with("attempts", `11`), "/attempts"},
		"attempts beyond":        {with("attempts", `9223372036854775807`), "/attempts"},
		"attempts a string":      {with("attempts", `"1"`), "/attempts"},
		"reference card spaced":  {with("reference", `"4242\u00a04242\u00a04242\u00a04242"`), "/reference"},
		"reference card slashed": {with("reference", `"4242/4242/4242/4242"`), "/reference"},
		"reference card wide":    {with("reference", `"４２４２４２４２４２４２４２４２"`), "/reference"},
		"metadata card encoded":  {with("metadata", `{"a": "4242%C2%A04242%C2%A04242%C2%A04242"}`), "/metadata/a"},
		"url card encoded":       {with("return_url", `"https://a.example/?c=4242%C2%A04242%C2%A04242%C2%A04242"`), "/return_url"},
		"url host broken":        {with("return_url", `"http://a]b/"`), "/return_url"},
		"url not of standard":    {with("return_url", `"http://256.256.256.256/"`), "/return_url"},
		"url odd IPv4":           {with("return_url", `"http://127.1/"`), "/return_url"},
		"url bare punycode":      {with("return_url", `"https://xn--/"`), "/return_url"},
		"metadata nested":        {with("metadata", `{"a": {"b": "c"}}`), "/metadata/a"},
		"metadata a number":      {with("metadata", `{"a": 1}`), "/metadata/a"},
		"metadata empty key":     {with("metadata", `{"": "x"}`), "/metadata/"},
		"metadata key escaped":   {with("metadata", `{"a/b~\u0000": "x"}`), "/metadata/a~1b~0\x00"},
		"metadata long value":    {with("metadata", `{"a": `+text(strings.Repeat("v", 501))+`}`), "/metadata/a"},
		"metadata many":          {with("metadata", `{"a": "v"`+many(20)+`}`), "/metadata"},
		"url missing":            {with("return_url", `""`), "/return_url"},
		"url javascript":         {with("return_url", `"javascript:alert(1)"`), "/return_url"},
		"url browser's own":      {with("return_url", `"javascript:/alert(1)"`), "/return_url"},
		"url of an app of any name beyond loopback": {with("return_url", `"myapp://paid"`), "/return_url"},
		"url of an app with a card":                 {with("return_url", `"com.example.shop:/4242424242424242"`), "/return_url"},
		"return unknown":                            {with("return", `"later"`), "/return"},
		"return a boolean":                          {with("return", `true`), "/return"},
		"url data":                                  {with("return_url", `"data:text/html,x"`), "/return_url"},
		"url scheme-relative":                       {with("return_url", `"//evil.example/"`), "/return_url"},
		"url relative":                              {with("return_url", `"/orders"`), "/return_url"},
		"url with user":                             {with("return_url", `"https://good@evil.example/"`), "/return_url"},
		"url with password":                         {with("return_url", `"https://good:x@evil.example/"`), "/return_url"},
		"url backslash":                             {with("return_url", `"https:\\\\evil.example"`), "/return_url"},
		"url backslash in host":                     {with("return_url", `"https://good.example\\@evil.example/"`), "/return_url"},
		"url CRLF":                                  {with("return_url", `"https://a.example/\r\nSet-Cookie: x"`), "/return_url"},
		"url space":                                 {with("return_url", `"https://a.example/a b"`), "/return_url"},
		"url IDN":                                   {with("return_url", `"https://ex\u00e4mple.example/"`), "/return_url"},
		"url full width dot":                        {with("return_url", `"https://evil\uff0eexample/"`), "/return_url"},
		"url no host":                               {with("return_url", `"https:///x"`), "/return_url"},
		"url only port":                             {with("return_url", `"https://:443/"`), "/return_url"},
		"url opaque":                                {with("return_url", `"https:shop.example"`), "/return_url"},
		"url port beyond":                           {with("return_url", `"https://a.example:99999/"`), "/return_url"},
		"url port zero":                             {with("return_url", `"https://a.example:0/"`), "/return_url"},
		"url bad escape":                            {with("return_url", `"https://a.example/%zz"`), "/return_url"},
		"url long":                                  {with("return_url", `"https://a.example/`+strings.Repeat("x", 2048)+`"`), "/return_url"},
		"url with leading space":                    {with("return_url", `" https://a.example/"`), "/return_url"},
	} {
		w := r.call(http.MethodPost, "/v1/payments", c.body)
		if w.Code < 400 || w.Code >= 500 {
			t.Errorf("created a payment with a bad %s: want a status from 400 to 499, got %d %s", name, w.Code, w.Body)
			continue
		}
		r.Unchanged(name, before)
		p := r.problem(name, w)
		if strings.Contains(w.Body.String(), "json.") || strings.Contains(w.Body.String(), "jsontext") || strings.Contains(w.Body.String(), "Go ") {
			t.Errorf("%s: the answer speaks of our code: %s", name, w.Body)
		}
		if c.field != "-" && (len(p.Errors) == 0 || p.Errors[0].Pointer != c.field || p.Errors[0].Detail == "") {
			t.Errorf("%s: points at %+v, not at %s", name, p.Errors, c.field)
		}
	}
}

func many(n int) (s string) {
	for i := range n {
		s += `, "k` + strings.Repeat("x", i) + `": "v"`
	}
	return s
}

func TestCreatePayment_AllComplaintsAtOnce(t *testing.T) {
	r := newRig(t, nil)
	w := r.call(http.MethodPost, "/v1/payments", `{"amount": {"value": "0", "currency": "EUR"}, "reference": "", "return_url": "x", "capture": "later"}`)
	if p := r.problem("all", w); w.Code != 400 || len(p.Errors) != 4 || p.Code != "request_invalid" {
		t.Errorf("created a payment with four mistakes: want 400 request_invalid with four complaints, got %+v", p)
	}
}

func TestCreatePayment_RefusesBadKeys(t *testing.T) {
	r, before := laden(t)
	for name, keys := range map[string][]string{
		"empty": {""}, "quoted empty": {`""`}, "spaces": {"  "}, "256 characters": {strings.Repeat("k", 256)}, "twice": {"a", "b"}, "same twice": {"a", "a"},
		"control byte": {"a\x01b"}, "tab": {"a\tb"}, "DEL": {"a\x7f"}, "not ASCII": {"clé"}, "half quoted": {`"a`}, "inner quote": {`a"b`}, "backslash": {`a\b`},
		"quoted and not ended": {`"a\"`}, "escaped, but no quote": {`"a\b"`}, "text behind its quotes": {`"a"b`}, "two strings": {`"a", "b"`}, "a parameter without a name": {`"a"; =1`},
		"a parameter in capitals": {`"a";A=1`}, "a parameter without its value": {`"a";a=`}, "quoted tab": {"\"a\tb\""}, "quoted, not ASCII": {`"clé"`},
		"256 characters in quotes": {`"` + strings.Repeat("k", 256) + `"`}, "a string in a list": {`("a")x"`},
	} {
		q := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/payments", strings.NewReader(good))
		q.Header["Idempotency-Key"] = keys
		w := r.send(q)
		p := r.problem(name, w)
		if w.Code != 400 || p.Code != "idempotency_key_invalid" || len(p.Errors) != 1 || p.Errors[0].Pointer != "Idempotency-Key" {
			t.Errorf("sent an idempotency key that is %s: want 400 idempotency_key_invalid at the header, got %d %+v", name, w.Code, p)
		}
	}
	if w := r.call(http.MethodPost, "/v1/payments", with("reference", `"another"`), "Idempotency-Key: taken"); w.Code != 422 {
		t.Errorf("a key of another body: %d %s", w.Code, w.Body)
	}
	r.Unchanged("a bad key", before)
	for _, key := range []string{strings.Repeat("k", 255), "a b", "order-1042!", `"` + strings.Repeat(`\"`, 255) + `"`} {
		if w := r.call(http.MethodPost, "/v1/payments", good, "Idempotency-Key: "+key); w.Code != 202 {
			t.Errorf("sent the good idempotency key %q: want 202, got %d %s", key, w.Code, w.Body)
		}
	}
}

// One text is one key, however a client writes it.
func TestCreatePayment_ReadsKeysAsStructuredFields(t *testing.T) {
	r := newRig(t, nil)
	for name, same := range map[string][]string{
		"bare and quoted": {`k1`, `"k1"`, ` "k1"  `, `"k1";a`, `"k1"; a=1; b="x;y"; c=?0; d=tok/en; e=:YQ==:`},
		"a semicolon":     {`k2;a`, `"k2;a"`},
		"a quote":         {`"say \"k3\""`, `"say \"k3\"";version=2`},
		"a backslash":     {`"k\\4"`},
		"a comma":         {`k5, k6`, `"k5, k6"`},
	} {
		for i, key := range same {
			w := r.call(http.MethodPost, "/v1/payments", good, "Idempotency-Key: "+key)
			if replayed := w.Header().Get("Idempotency-Replayed") == "true"; w.Code != 202 || replayed != (i > 0) {
				t.Errorf("%s, sent %s: want 202, replayed %t, got %d, %t %s", name, key, i > 0, w.Code, replayed, w.Body)
			}
		}
	}
}

func TestIDs_OnlyOnesOwnInOneSpelling(t *testing.T) {
	r := newRig(t, nil)
	mine := r.Made().ID
	bare := strings.TrimPrefix(mine, "pay_")
	before := r.Stored()
	for name, id := range map[string]string{
		"unknown": "pay_01890a5d-ac96-774b-bcce-b302099a8057", "upper case": strings.ToUpper(mine), "upper hex": "pay_" + strings.ToUpper(bare),
		"braces": "pay_%7B" + bare + "%7D", "urn": "pay_urn:uuid:" + bare, "no dashes": "pay_" + strings.ReplaceAll(bare, "-", ""), "no prefix": bare,
		"NUL": mine + "%00", "NUL alone": "%00", "invalid UTF-8": "%ff", "dots": "..", "encoded dots": "%2e%2e", "encoded slash": mine + "%2f", "space": mine + "%20",
		"line end": mine + "%0a", "long": strings.Repeat("x", 5000), "quote": "'%20OR%20'1'='1", "percent": "%25",
	} {
		for _, q := range [][2]string{{http.MethodGet, "/v1/payments/" + id}, {http.MethodPost, "/v1/payments/" + id + "/cancel"}, {http.MethodGet, "/v1/webhook-endpoints/" + id}, {http.MethodDelete, "/v1/webhook-endpoints/" + id}} {
			w := r.call(q[0], q[1], "")
			if w.Code != 404 {
				t.Errorf("used an id that is %s, %s %s: want 404, got %d %s", name, q[0], q[1], w.Code, w.Body)
				continue
			}
			r.problem(name, w)
		}
	}
	// Another merchant's is not told apart from none.
	none := r.problem("none", r.call(http.MethodGet, "/v1/payments/pay_01890a5d-ac96-774b-bcce-b302099a8057", ""))
	for _, q := range [][2]string{{http.MethodGet, "/v1/payments/" + mine}, {http.MethodPost, "/v1/payments/" + mine + "/cancel"}} {
		w := r.call(q[0], q[1], "", "Authorization: Bearer other-shop")
		if p := r.problem("another's", w); w.Code != 404 || p.Code != none.Code || strings.ReplaceAll(p.Detail, mine, "") != strings.ReplaceAll(none.Detail, "pay_01890a5d-ac96-774b-bcce-b302099a8057", "") {
			t.Errorf("another merchant asked %s %s: want what an unknown id gets, got %d %+v", q[0], q[1], w.Code, p)
		}
	}
	r.Unchanged("a wrong id", before)
}

func TestQueries_RefuseBadInput(t *testing.T) {
	r := newRig(t, nil)
	for target, field := range map[string]string{
		"/v1/payments?limit=0": "limit", "/v1/payments?limit=101": "limit", "/v1/payments?limit=-1": "limit", "/v1/payments?limit=1e1": "limit", "/v1/payments?limit=99999999999999999999": "limit",
		"/v1/payments?status=paid": "status", "/v1/payments?status=CAPTURED": "status", "/v1/payments?cursor=x": "cursor", "/v1/payments?cursor=%00": "cursor",
		"/v1/payments?bank=sandnl2a": "bank", "/v1/payments?bank=" + strings.Repeat("A", 12): "bank", "/v1/payments?bank=%00": "bank", "/v1/payments?bank=4242424242424242": "bank",
		"/v1/payments?method=cash": "method", "/v1/payments?method=CARD": "method", "/v1/payments?method=card%00": "method", "/v1/payments?method=visa": "method",
		"/v1/payments?from=2027-01-01": "from", "/v1/payments?from=yesterday": "from", "/v1/payments?from=1798761600": "from", "/v1/payments?from=2027-02-30T00:00:00Z": "from", "/v1/payments?from=2027-01-01T00:00:00": "from",
		"/v1/payments?to=2027-13-01T00:00:00Z": "to", "/v1/payments?to=%ff": "to", "/v1/payments?from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z": "to",
		"/v1/payments?reference=%00": "reference", "/v1/payments?reference=%ff": "reference", "/v1/payments?reference=" + strings.Repeat("r", 101): "reference",
		"/v1/events?after=-1": "after", "/v1/events?after=x": "after", "/v1/events?after=99999999999999999999": "after", "/v1/events?limit=0": "limit",
	} {
		w := r.call(http.MethodGet, target, "")
		if p := r.problem(target, w); w.Code != 400 || len(p.Errors) != 1 || p.Errors[0].Pointer != field {
			t.Errorf("asked for %s: want 400 with one complaint at %s, got %d %+v", target, field, w.Code, p)
		}
	}
}

func TestRequests_RefusedAtTheDoor(t *testing.T) {
	r, before := laden(t)
	for name, c := range map[string]struct {
		method, target, body string
		header               []string
		status               int
		code                 string
	}{
		"no content type":   {"POST", "/v1/payments", good, []string{"Content-Type: "}, 415, "content_type"},
		"text":              {"POST", "/v1/payments", good, []string{"Content-Type: text/plain"}, 415, "content_type"},
		"form":              {"POST", "/v1/payments", good, []string{"Content-Type: application/x-www-form-urlencoded"}, 415, "content_type"},
		"broken type":       {"POST", "/v1/payments", good, []string{"Content-Type: application/json; ="}, 415, "content_type"},
		"too large":         {"POST", "/v1/payments", strings.Repeat(" ", 64<<10) + good, nil, 413, "body_too_large"},
		"100 MB":            {"POST", "/v1/payments", strings.Repeat("[", 100<<20), nil, 413, "body_too_large"},
		"no token":          {"POST", "/v1/payments", good, []string{"Authorization: "}, 401, "token_invalid"},
		"basic":             {"GET", "/v1/payments", "", []string{"Authorization: Basic ZGVtbw=="}, 401, "token_invalid"},
		"token in the URL":  {"GET", "/v1/payments?access_token=demo-shop", "", []string{"Authorization: "}, 401, "token_invalid"},
		"double slash":      {"POST", "//v1/payments", good, nil, 404, "route_not_found"},
		"dots":              {"POST", "/v1/../v1/payments", good, nil, 404, "route_not_found"},
		"trailing slash":    {"POST", "/v1/payments/", good, nil, 404, "route_not_found"},
		"no such route":     {"GET", "/v1/nothing", "", nil, 404, "route_not_found"},
		"PUT a collection":  {"PUT", "/v1/payments", good, nil, 405, "method_not_allowed"},
		"DELETE a payment":  {"DELETE", "/v1/payments/x", "", nil, 405, "method_not_allowed"},
		"GET an action":     {"GET", "/v1/payments/x/cancel", "", nil, 405, "method_not_allowed"},
		"GET another's own": {"GET", "/oauth/token", "", nil, 405, "method_not_allowed"},
		"TRACE":             {"TRACE", "/v1/payments", "", nil, 405, "method_not_allowed"},
	} {
		w := r.call(c.method, c.target, c.body, c.header...)
		if w.Code != c.status {
			t.Errorf("%s: want status %d, got %d %s", name, c.status, w.Code, w.Body)
			continue
		}
		if p := r.problem(name, w); p.Code != c.code {
			t.Errorf("%s: want code %s, got %+v", name, c.code, p)
		}
		if c.status == 401 && !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: no challenge: %v", name, w.Header())
		}
	}
	r.Unchanged("a request refused at the door", before)
	for target, want := range map[string]string{"/v1/payments": "POST, GET, HEAD", "/v1/payments/x": "GET, HEAD", "/v1/payments/x/cancel": "POST", "/oauth/token": "POST", "/livez": "GET, HEAD", "/v1/webhook-endpoints/x": "GET, HEAD, PATCH, DELETE"} {
		w := r.call("PUT", target, "")
		if got := w.Header().Get("Allow"); !sameWords(got, want) || w.Code != 405 {
			t.Errorf("PUT %s: %d, Allow: %q, want %q", target, w.Code, got, want)
		}
	}
}

// Every route that can be read with GET answers HEAD.
func TestRequests_HeadIsGetWithoutABody(t *testing.T) {
	r := newRig(t, nil)
	server := httptest.NewServer(r.front)
	defer server.Close()
	ask := func(method, target string) *http.Response {
		q, err := http.NewRequestWithContext(t.Context(), method, server.URL+target, nil)
		r.OK(err)
		q.Header.Set("Authorization", "Bearer demo-shop")
		answer, err := server.Client().Do(q)
		r.OK(err)
		t.Cleanup(func() { _ = answer.Body.Close() })
		return answer
	}
	for _, target := range []string{"/livez", "/v1/payments/" + r.Made().ID, "/v1/payments", "/v1/payments/x"} {
		head, get := ask(http.MethodHead, target), ask(http.MethodGet, target)
		if head.StatusCode != get.StatusCode || head.Header.Get("ETag") != get.Header.Get("ETag") || head.ContentLength != get.ContentLength {
			t.Errorf("HEAD %s: %s %v, GET: %s %v", target, head.Status, head.Header, get.Status, get.Header)
		}
	}
}

func sameWords(a, b string) bool {
	seen := map[string]int{}
	for word := range strings.SplitSeq(a, ", ") {
		seen[word]++
	}
	for word := range strings.SplitSeq(b, ", ") {
		seen[word]--
	}
	for _, n := range seen {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestWebhookEndpoints_RefuseBadInput(t *testing.T) {
	r := newRig(t, func(c *processor.Config) {
		own := func() []uint16 { return []uint16{8080} }
		c.Accepts = func(url string) error { return webhook.Acceptable(webhook.PublicOnly(false, own), url) }
	})
	w := r.call(http.MethodPost, "/v1/webhook-endpoints", `{"url": "https://hooks.example/"}`)
	var made api.EndpointResource
	r.read(w, &made)
	before := r.Stored()
	for name, c := range map[string]struct{ body, field string }{
		"no url": {`{}`, "/url"}, "javascript": {`{"url": "javascript:alert(1)"}`, "/url"}, "user": {`{"url": "https://a@b.example/"}`, "/url"},
		"scheme-relative": {`{"url": "//evil.example/"}`, "/url"}, "backslash": {`{"url": "https://a.example\\b"}`, "/url"}, "CRLF": {`{"url": "https://a.example/\r\n"}`, "/url"},
		"file": {`{"url": "file:///etc/passwd"}`, "/url"}, "unknown event": {`{"url": "https://a.example/", "events": ["captured"]}`, "/events/0"},
		"event of nobody": {`{"url": "https://a.example/", "events": ["payment.paid"]}`, "/events/0"},
		"event with NUL":  {`{"url": "https://a.example/", "events": ["payment.captured", "a.b\u0000"]}`, "/events/1"}, "short secret": {`{"url": "https://a.example/", "secret": "whsec_AAAA"}`, "/secret"},
		"plain secret": {`{"url": "https://a.example/", "secret": "hunter2"}`, "/secret"}, "unknown field": {`{"url": "https://a.example/", "enabled": true}`, "/enabled"},
		"many types": {`{"url": "https://a.example/", "events": [` + strings.TrimSuffix(strings.Repeat(`"a.b",`, 31), ",") + `]}`, "/events"},
	} {
		w := r.call(http.MethodPost, "/v1/webhook-endpoints", c.body)
		r.Unchanged(name, before)
		if p := r.problem(name, w); w.Code != 400 || len(p.Errors) != 1 || p.Errors[0].Pointer != c.field {
			t.Errorf("added an endpoint with a bad %s: want 400 with one complaint at %s, got %d %+v", name, c.field, w.Code, p)
		}
	}
	// Addresses inside are refused in every spelling, when an endpoint is made and when it is changed.
	for _, url := range []string{
		"http://127.0.0.1:8080/", "http://localhost:9000/", "http://[::ffff:169.254.169.254]/", "http://169.254.169.254/latest", "http://2130706433/",
		"http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0.0.0.0/", "http://[::]/", "http://[::1]/", "http://10.0.0.1/", "http://[fd00::1]/",
		"http://localhost./", "http://a.localhost/", "//evil.example/", "https://good@evil.example/", "javascript:alert(1)",
	} {
		for method, path := range map[string]string{http.MethodPost: "/v1/webhook-endpoints", http.MethodPatch: "/v1/webhook-endpoints/" + made.ID} {
			w := r.call(method, path, `{"url": "`+url+`"}`, "Content-Type: application/json")
			if p := r.problem(url, w); w.Code != 400 || len(p.Errors) != 1 || p.Errors[0].Pointer != "/url" {
				t.Errorf("%s with the URL %s: want 400 with one complaint at /url, got %d %+v", method, url, w.Code, p)
			}
			r.Unchanged(method+" "+url, before)
		}
	}
}

// A whole card number, even a published one, is stored nowhere: neither does a
// merchant get it in by a field of its own. Other numbers of that length pass,
// whether or not a check digit happens to fit.
func TestCardNumbers_AreRefusedInOtherFields(t *testing.T) {
	r, before := laden(t)
	const number, spaced = "4000000000009995", "4000 0000-0000 9995"
	for name, c := range map[string]struct{ target, body, field string }{
		"reference":           {"payments", with("reference", `"`+number+`"`), "/reference"},
		"spaced":              {"payments", with("reference", `"card `+spaced+`!"`), "/reference"},
		"description":         {"payments", with("description", `"paid by `+spaced+`"`), "/description"},
		"metadata":            {"payments", with("metadata", `{"card": "`+number+`"}`), "/metadata/card"},
		"a key of metadata":   {"payments", with("metadata", `{"`+number+`": "x"}`), "/metadata"},
		"return_url":          {"payments", with("return_url", `"https://shop.example/?card=`+number+`"`), "/return_url"},
		"encoded":             {"payments", with("return_url", `"https://shop.example/?card=4000%200000000%309995"`), "/return_url"},
		"webhook's URL":       {"webhook-endpoints", `{"url": "https://shop.example/` + number + `"}`, "/url"},
		"webhook's words":     {"webhook-endpoints", `{"url": "https://shop.example/", "description": "` + number + `"}`, "/description"},
		"the idempotency key": {"payments", good, "Idempotency-Key"},
	} {
		var header []string
		if c.field == "Idempotency-Key" {
			header = append(header, "Idempotency-Key: order-"+number)
		}
		w := r.call(http.MethodPost, "/v1/"+c.target, c.body, header...)
		if p := r.problem(name, w); w.Code != 400 || len(p.Errors) != 1 || p.Errors[0].Pointer != c.field || !strings.Contains(p.Errors[0].Detail, "card number") {
			t.Errorf("a card number in %s: want 400 with one complaint about it at %s, got %d %+v", name, c.field, w.Code, p)
		}
		if body := w.Body.String(); strings.Contains(body, number) || strings.Contains(body, spaced) {
			t.Errorf("%s: the answer repeats the number: %s", name, body)
		}
		r.Unchanged(name, before)
	}
	if w := r.call(http.MethodPost, "/v1/payments", with("metadata", `{"order": "4532015112830366", "iban": "NL91ABNA0417164300"}`)); w.Code != 202 {
		t.Errorf("another long number: %d %s", w.Code, w.Body)
	}
}
