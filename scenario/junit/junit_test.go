package junit_test

import (
	"encoding/xml"
	"strings"
	"testing"

	"sandbank/scenario/junit"
)

func TestWrite_CountsAndEscapes(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	err := junit.Write(&b, junit.Suite{Name: "a", Seconds: 1.5, Cases: []junit.Case{
		{Name: "good", Out: "x"}, {Name: "bad", Failure: &junit.Trouble{Message: `<b> & "c"` + "\x01", Text: "]]>"}},
		{Name: "away", Error: &junit.Trouble{Message: "no broker"}}, {Name: "later", Skipped: true},
	}}, junit.Suite{Name: "b"})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Suites []struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
			Skipped  int `xml:"skipped,attr"`
			Cases    []struct {
				Failure *struct {
					Message string `xml:"message,attr"`
					Text    string `xml:",chardata"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(b.String()), &got); err != nil || len(got.Suites) != 2 {
		t.Fatalf("reading it as XML says %v:\n%s", err, b.String())
	}
	a := got.Suites[0]
	if a.Tests != 4 || a.Failures != 1 || a.Errors != 1 || a.Skipped != 1 || got.Suites[1].Tests != 0 {
		t.Errorf("the counts are %+v", got.Suites)
	}
	if f := a.Cases[1].Failure; f == nil || f.Message != `<b> & "c"`+"\uFFFD" || f.Text != "]]>" {
		t.Errorf("the failure is %+v", f)
	}
}
