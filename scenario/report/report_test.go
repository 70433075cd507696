package report_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"sandbank/scenario"
	"sandbank/scenario/report"
)

// results are one of each outcome, with texts that no format may take for its own.
func results() []scenario.Result {
	step := scenario.Step{At: scenario.At{File: "a.yaml", Line: 7, Column: 5}, Story: "It must be paid."}
	lines := []scenario.Line{
		{From: "merchant", To: "processor", Text: "asks for 1.00 EUR → 202", About: "order"},
		{At: 15 * time.Minute, From: "expect", Text: `FAILED: expected <b> & "c", and saw ]]>` + "\x01", Story: "It must be paid."},
	}
	return []scenario.Result{
		{Scenario: scenario.Scenario{File: "a.yaml", Name: "Held # one"}, Outcome: scenario.Held, Transcript: lines[:1], Took: time.Second},
		{Scenario: scenario.Scenario{File: "a.yaml", Name: "Failed", Case: "card <bad>"}, Outcome: scenario.Failed, Transcript: lines, Failure: &scenario.Failure{Step: step, Expected: `<b> & "c"`, Seen: "]]>\x01", Hops: lines}},
		{Scenario: scenario.Scenario{File: "b.yaml", Name: "Not run"}, Outcome: scenario.NotRun, Err: errors.New("no <broker>")},
		{Scenario: scenario.Scenario{File: "b.yaml", Name: "Too long"}, Outcome: scenario.TimedOut, Err: errors.New("it takes too long")},
	}
}

func TestJUnit_IsXMLThatCountsEachOnce(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := report.JUnit(&b, results()); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
		} `xml:"testcase"`
	}
	_, one, _ := strings.Cut(b.String(), "<testsuites>")
	one, _, _ = strings.Cut(one, "</testsuites>")
	if err := xml.Unmarshal([]byte(one), &got); err != nil {
		t.Fatalf("reading the report as XML says %v:\n%s", err, b.String())
	}
	if got.Tests != 4 || got.Failures != 1 || got.Errors != 2 || len(got.Cases) != 4 || got.Cases[1].Failure == nil || !strings.Contains(got.Cases[1].Failure.Message, `expected <b> & "c"`) {
		t.Errorf("the report has %+v, expected 4 tests, a failure and two errors", got)
	}
}

func TestJSON_HasWhatWasExpectedAndSeen(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := report.JSON(&b, results()); err != nil {
		t.Fatal(err)
	}
	var got []report.Entry
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil || len(got) != 4 {
		t.Fatalf("%d entries, and the error %v:\n%s", len(got), err, b.String())
	}
	if e := got[1]; e.At != "a.yaml:7:5" || e.Expected != `<b> & "c"` || e.Outcome != scenario.Failed || e.Transcript[1].Seconds != 900 {
		t.Errorf("the failure is %+v", e)
	}
}

func TestTAP_HasALineForEach(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := report.TAP(&b, results()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"TAP version 14\n1..4\nok 1 - Held \\# one\nnot ok 2 - Failed (card <bad>)\n  ---\n  outcome: failed", "not ok 4 - Too long"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report\n%s\nhas no\n%s", b.String(), want)
		}
	}
}

func TestPage_NeedsNothingElseAndEscapes(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := report.Page(&b, results()); err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(b.String(), `xmlns="http://www.w3.org/2000/svg"`, "")
	for _, want := range []string{"1 of 4 scenarios held", "card &lt;bad&gt;", "<svg", "a.yaml:7:5", "no &lt;broker&gt;", `href="#step-2-0"`, `id="step-2-0"`, "--accent-wash:"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q:\n%s", want, page)
		}
	}
	if found := regexp.MustCompile(`<(script|link|img|iframe)|https?:|<bad>|<b>`).FindString(page); found != "" {
		t.Errorf("the page has %q, expected nothing from elsewhere and nothing unescaped", found)
	}
}

func TestFailure_SaysWhereWhatAndWhatWentBefore(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	report.Failure(&b, results()[1])
	want := "a.yaml:7:5: Failed (card <bad>)\n    expected <b> & \"c\"\n    saw      ]]>\x01\n    # It must be paid.\n           +0s  merchant → processor   order: asks for 1.00 EUR → 202\n"
	if !strings.HasPrefix(b.String(), want) {
		t.Errorf("the failure is told as\n%s\nexpected\n%s", b.String(), want)
	}
}
