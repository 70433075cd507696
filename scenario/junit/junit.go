// Package junit writes results of tests as XML in JUnit's form, which every collector of results reads.
package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// Suite is the results of one kind.
type Suite struct {
	Name    string
	Seconds float64
	Cases   []Case
}

// Case is one result. At most one of Failure, Error and Skipped is set; none stands for success.
type Case struct {
	Name, Class, File string
	Seconds           float64
	Failure           *Trouble // something was not as expected
	Error             *Trouble // it could not be found out
	Skipped           bool
	Out               string // what happened
}

// Trouble is why a case is no success.
type Trouble struct {
	Message string
	Type    string
	Text    string
}

// The form of the file.
type (
	suites struct {
		XMLName xml.Name `xml:"testsuites"`
		List    []suite  `xml:"testsuite"`
	}
	suite struct {
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Errors   int        `xml:"errors,attr"`
		Skipped  int        `xml:"skipped,attr"`
		Time     string     `xml:"time,attr"`
		Cases    []testCase `xml:"testcase"`
	}
	testCase struct {
		Name    string    `xml:"name,attr"`
		Class   string    `xml:"classname,attr"`
		File    string    `xml:"file,attr,omitempty"`
		Time    string    `xml:"time,attr,omitempty"`
		Failure *trouble  `xml:"failure,omitempty"`
		Error   *trouble  `xml:"error,omitempty"`
		Skipped *struct{} `xml:"skipped,omitempty"`
		Out     string    `xml:"system-out"`
	}
	trouble struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// Write writes suites, with their cases counted.
func Write(w io.Writer, list ...Suite) error {
	var all suites
	for _, s := range list {
		all.List = append(all.List, counted(s))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func counted(s Suite) suite {
	out := suite{Name: printable(s.Name), Tests: len(s.Cases), Time: seconds(s.Seconds)}
	for _, c := range s.Cases {
		one := testCase{Name: printable(c.Name), Class: c.Class, File: c.File, Time: seconds(c.Seconds), Failure: c.Failure.form(), Error: c.Error.form(), Out: printable(c.Out)}
		if c.Skipped {
			one.Skipped = &struct{}{}
			out.Skipped++
		}
		if c.Failure != nil {
			out.Failures++
		}
		if c.Error != nil {
			out.Errors++
		}
		out.Cases = append(out.Cases, one)
	}
	return out
}

func (t *Trouble) form() *trouble {
	if t == nil {
		return nil
	}
	return &trouble{printable(t.Message), t.Type, printable(t.Text)}
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }

// printable is a text without what XML 1.0 cannot hold.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return '\uFFFD'
		}
		return r
	}, s)
}
