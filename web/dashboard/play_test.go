package dashboard

import (
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sandbank/identity"
	"sandbank/scenario"
	"sandbank/scenario/run"
)

// acted plays a scenario by its name: the one called Fails does.
func acted(ctx context.Context, s scenario.Scenario, watch func(scenario.Line)) scenario.Result {
	r := scenario.Result{Scenario: s, Outcome: scenario.Held, Took: 12 * time.Millisecond}
	watch(scenario.Line{From: "merchant", To: "processor", Text: "asks for 1.00 EUR → 202, created", About: "payment", Story: "The shop <b>asks</b>."})
	switch s.Name {
	case "Fails":
		watch(scenario.Line{At: 15 * time.Minute, From: "expect", Text: "FAILED: expected captured, and saw <i>declined</i>"})
		r.Outcome, r.Failure = scenario.Failed, &scenario.Failure{Step: s.Steps[1], Expected: "captured", Seen: "<i>declined</i>"}
	case "Hangs":
		<-ctx.Done()
		r.Outcome, r.Err = scenario.NotRun, errors.New("cut off")
	}
	return r
}

// ran is a run of the demo shop's that has ended.
func (b *board) ran() string {
	b.T.Helper()
	r, err := b.runs.Begin(run.Run{Title: "Paid", From: "paid", Owner: identity.DemoShop.Merchant.ID}, library()["paid"].cases)
	b.OK(err)
	return b.ended(r.ID).ID
}

// ended waits until a run has ended.
func (b *board) ended(id string) run.Run {
	b.T.Helper()
	for {
		next := b.runs.Changed()
		if r, ok := b.runs.Find(id); !ok || r.State == run.StateEnded {
			return r
		}
		select {
		case <-next:
		case <-b.T.Context().Done():
			b.T.Fatal("the run does not end")
		}
	}
}

// has holds a page to texts.
func (b *board) has(path string, wants ...string) string {
	b.T.Helper()
	code, body := b.get(path)
	for _, want := range wants {
		if code != http.StatusOK || !strings.Contains(body, want) {
			b.T.Errorf("GET %s: %d, and no %q", path, code, want)
		}
	}
	return body
}

func TestScenarios_TheLibraryIsListedAndRead(t *testing.T) {
	b := newBoard(t)
	page := b.has("/scenarios", "Abandoned in silence", "Silence and lateness", "Run all ", `href="/scenarios/open"`, `href="/scenarios" aria-current="page"`)
	for name := range library() {
		if !strings.Contains(page, `href="/scenarios/`+name+`"`) {
			t.Errorf("the list does not lead to %s", name)
		}
		b.has("/scenarios/"+name, "Step by step", `name="scenario" value="`+name+`"`)
		if _, file := b.get("/scenarios/" + name + "/file"); file != library()[name].text {
			t.Errorf("the file of %s is another", name)
		}
	}
	b.has("/scenarios/challenge?case=2", `<option value="2" selected`, `href="/scenarios/challenge?case=1"`)
	for _, path := range []string{"/scenarios/none", "/scenarios/none/file", "/scenarios/challenge?case=0", "/scenarios/challenge?case=99", "/scenarios/challenge?case=x", "/scenarios/runs/run_0", "/scenarios/runs/run_0/1", "/scenarios/runs/run_0/live"} {
		if code, _ := b.get(path); code != http.StatusNotFound {
			t.Errorf("GET %s: expected 404, got %d", path, code)
		}
	}
}

// begun is the page to which a button leads that begins a run.
func (b *board) begun(form url.Values) string {
	b.T.Helper()
	w := b.post("/scenarios/runs", form)
	at := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(at, "/scenarios/runs/run_") {
		b.T.Fatalf("POST /scenarios/runs %v: expected 303 to a run, got %d to %q: %s", form, w.Code, at, w.Body)
	}
	b.ended(strings.TrimPrefix(at, "/scenarios/runs/"))
	return at
}

func TestScenarios_AreRun(t *testing.T) {
	b := newBoard(t)
	b.has(b.begun(url.Values{"scenario": {"paid"}}), "Held", "The shop &lt;b&gt;asks&lt;/b&gt;.", "<svg", "12ms", "Run again", `value="paid"`, `href="/scenarios/paid"`)
	one := b.has(b.begun(url.Values{"scenario": {"challenge"}, "case": {"2"}}), `name="case" value="2"`)
	if want := library()["challenge"].cases[1].Case; !strings.Contains(one, want) {
		t.Errorf("the run of the second case does not say %q", want)
	}
	all := b.begun(url.Values{})
	b.has(all, "The whole library", "scenarios held.", all+"/1", all+"/30")
	b.has(all+"/1", "Paid, and told on every channel", `href="`+all+`"`)
	b.has("/scenarios", "Last runs", "The whole library", all)
	if w := b.post("/scenarios/runs", url.Values{"scenario": {"none"}}); w.Code != http.StatusNotFound {
		t.Errorf("an unknown scenario: expected 404, got %d", w.Code)
	}
}

const fails = "name: Fails\nsteps:\n  - create: {amount: 1.00 EUR}\n  - story: It has to be <u>paid</u>.\n    expect: {status: captured}\n"

func TestScenarios_AFileOfOnesOwn(t *testing.T) {
	b := newBoard(t)
	b.has("/scenarios/open", `name="file"`, `name="text"`)
	w := b.post("/scenarios/open", url.Values{"text": {strings.ReplaceAll(fails, "\n", "\r\n")}})
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "It has to be &lt;u&gt;paid&lt;/u&gt;.") || !strings.Contains(w.Body.String(), `name="text" value="name: Fails`) {
		t.Errorf("reading a file: %d\n%s", w.Code, w.Body)
	}
	at := b.begun(url.Values{"text": {fails}})
	b.has(at, "Failed", "Expected", "&lt;i&gt;declined&lt;/i&gt;", "yours.yaml:4:5", "It has to be &lt;u&gt;paid", "15m", `value="name: Fails`)
	for _, button := range []string{"/scenarios/open", "/scenarios/runs"} {
		w := b.post(button, url.Values{"text": {"name: N\nstpes:\n  - crate: <x>\n"}})
		for _, want := range []string{"Line 2, column 1", `did you mean &#34;steps&#34;?`, `data-line="2"`, "stpes:</mark>", "- crate: &lt;x&gt;\n</textarea>", "Error: "} {
			if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s with mistakes: %d, and no %q\n%s", button, w.Code, want, w.Body)
			}
		}
	}
	for name, text := range map[string]string{
		"included": "name: N\nsteps:\n  - include: paid.yaml\n  - expect: {answer: 200}\n", "nothing": " ", "not YAML": "name: [", "nested": strings.Repeat("[", 50_000),
		"many": "matrix:\n  n: [" + strings.Repeat("1, ", 150) + "1]\n" + fails,
	} {
		if w := b.post("/scenarios/runs", url.Values{"text": {text}}); w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusBadRequest {
			t.Errorf("%s: expected a refusal, got %d", name, w.Code)
		}
	}
	if w := b.post("/scenarios/open", url.Values{"text": {strings.Repeat("# x\n", 40_000)}}); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a file that is too large: expected 413, got %d", w.Code)
	}
	p := b.Made()
	b.has("/scenarios/open?payment="+p.ID, p.Reference, "asks for 19.99 EUR")
	if code, _ := b.get("/scenarios/open?payment=pay_0"); code != http.StatusNotFound {
		t.Errorf("a payment that is not there: expected 404, got %d", code)
	}
}

// A chosen file goes before the text beside it.
func TestScenarios_AChosenFile(t *testing.T) {
	b := newBoard(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "a.yaml")
	b.OK(err)
	_, err = file.Write([]byte(fails))
	b.OK(err)
	b.OK(form.WriteField("text", "name: Other"))
	b.OK(form.Close())
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/scenarios/open", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	w := httptest.NewRecorder()
	if b.front.ServeHTTP(w, r); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<h1>Fails</h1>") {
		t.Errorf("a chosen file: %d\n%s", w.Code, w.Body)
	}
}

// A run under way shows how far it is, tells of more, and can be stopped.
func TestScenarios_UnderWay(t *testing.T) {
	b := newBoard(t)
	w := b.post("/scenarios/runs", url.Values{"text": {strings.Replace(fails, "Fails", "Hangs", 1)}})
	at := w.Header().Get("Location")
	id := strings.TrimPrefix(at, "/scenarios/runs/")
	for {
		next := b.runs.Changed()
		if r, _ := b.runs.Find(id); len(r.Items[0].Lines) > 0 {
			break
		}
		<-next
	}
	page := b.has(at, "Running", "<progress", `data-live="`+at+`/live"`, `<noscript><meta http-equiv="refresh"`, at+"/stop", "The shop")
	state := regexp.MustCompile(`data-state="(\d+)"`).FindStringSubmatch(page)[1]
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	told := httptest.NewRecorder()
	b.front.ServeHTTP(cut{told, leave}, httptest.NewRequestWithContext(ctx, http.MethodGet, at+"/live", nil))
	if want := "event: status\ndata: " + state + "\n\n"; told.Body.String() != want {
		t.Errorf("the stream began with %q, expected %q", told.Body, want)
	}
	if w := b.post(at+"/stop", nil); w.Code != http.StatusSeeOther {
		t.Errorf("stopping: expected 303, got %d", w.Code)
	}
	b.ended(id)
	b.has(at, "Not run", "It was stopped: cut off", "Run again")
}

// A merchant's people see their merchant's runs; readers run nothing, and see no button for it.
func TestScenarios_WhoseRuns(t *testing.T) {
	b := newBoard(t)
	own := b.ran()
	mia := b.as(identity.Principal{Person: "mia", Role: identity.RoleMerchant, Merchant: identity.DemoShop.Merchant}, true)
	mia.has("/scenarios", own, "Run all")
	mia.has("/scenarios/runs/"+own, "Run again")
	reader := b.as(identity.Principal{Person: "rob", Role: identity.RoleMerchantReader, Merchant: identity.DemoShop.Merchant}, true)
	for _, page := range []string{"/scenarios", "/scenarios/paid", "/scenarios/runs/" + own} {
		if body := reader.has(page, "<h1"); strings.Contains(body, `action="/scenarios/runs`) {
			t.Errorf("%s shows a reader a button to run", page)
		}
	}
	other := b.as(identity.Principal{Person: "eve", Role: identity.RoleMerchant, Merchant: identity.OtherShop.Merchant}, true)
	if body := other.has("/scenarios", "Run all"); strings.Contains(body, own) {
		t.Error("another merchant is shown the run")
	}
	if at := other.begun(url.Values{"scenario": {"paid"}}); strings.Contains(mia.has("/scenarios", own), at) {
		t.Error("a merchant is shown another's run")
	}
}
