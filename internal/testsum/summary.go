package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// An event is one line of `go test -json`; see `go doc test2json` for the fields.
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

// A summary gathers events and writes the report.
type summary struct {
	out      io.Writer
	packages map[string]*pkg
	// builds holds the compiler's output by import path, for the packages it concerns.
	builds map[string]string
	total  count
	// timings are of the tests of the highest rank.
	timings []timing
}

// A pkg is one package's state while its tests run.
type pkg struct {
	tests map[string]*test
	// order keeps the tests as they began, since a map does not.
	order  []string
	output strings.Builder
}

// A test is one test or subtest.
type test struct {
	result string
	output strings.Builder
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, packages: map[string]*pkg{}, builds: map[string]string{}}
}

// read consumes the whole stream. Lines that are not events, such as those a failing `go test`
// prints on its own, are passed on.
func (s *summary) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			s.line(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) line(line string) {
	var e event
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil {
		fmt.Fprintln(s.out, strings.TrimSuffix(line, "\n"))
		return
	}
	switch {
	case e.Action == "build-output":
		s.builds[e.ImportPath] += e.Output
	case e.Package != "" && e.Test != "":
		s.packageOf(e).record(e)
		if e.Elapsed > 0 && !strings.Contains(e.Test, "/") {
			s.timings = append(s.timings, timing{e.Package, e.Test, e.Elapsed})
		}
	case e.Package != "":
		s.packageEvent(e)
	}
}

func (s *summary) packageOf(e event) *pkg {
	p := s.packages[e.Package]
	if p == nil {
		p = &pkg{tests: map[string]*test{}}
		s.packages[e.Package] = p
	}
	return p
}

// record notes what happened to a test.
func (p *pkg) record(e event) {
	t := p.tests[e.Test]
	if t == nil {
		t = &test{}
		p.tests[e.Test] = t
		p.order = append(p.order, e.Test)
	}
	switch e.Action {
	case "output":
		t.output.WriteString(e.Output)
	case "pass", "fail", "skip":
		t.result = e.Action
	}
}

// packageEvent notes a package's own output, and reports the package when it ends.
func (s *summary) packageEvent(e event) {
	p := s.packageOf(e)
	switch e.Action {
	case "output":
		p.output.WriteString(e.Output)
	case "pass", "fail", "skip":
		s.report(e, p)
		delete(s.packages, e.Package)
	}
}

// report writes a package's line, and the logs of the tests that did not pass.
func (s *summary) report(e event, p *pkg) {
	c := p.count()
	if e.Action == "fail" && c.failed == 0 {
		// The package failed though none of its tests did: it did not build, or it crashed.
		c.failed = 1
	}
	s.total.add(c)
	switch {
	case e.Action == "fail":
		fmt.Fprintf(s.out, "FAIL  %-28s %6.1fs  %s\n", e.Package, e.Elapsed, c)
		s.explain(e, p)
	case c != (count{}):
		fmt.Fprintf(s.out, "ok    %-28s %6.1fs  %s\n", e.Package, e.Elapsed, c)
	}
	p.explainSkips(s.out)
}

// explain writes why a package failed: the compiler's words, its tests' logs, then its own output.
func (s *summary) explain(e event, p *pkg) {
	if e.FailedBuild != "" {
		indent(s.out, s.builds[e.FailedBuild])
	}
	for _, name := range p.order {
		// A test without a result was running when the package crashed.
		if t := p.tests[name]; t.result == "fail" || t.result == "" {
			indent(s.out, t.output.String())
		}
	}
	indent(s.out, p.output.String())
}

func (p *pkg) explainSkips(out io.Writer) {
	for _, name := range p.order {
		if t := p.tests[name]; t.result == "skip" {
			indent(out, t.output.String())
		}
	}
}

// finish reports the packages that never ended, writes the closing line, and says whether all is well.
func (s *summary) finish() bool {
	for _, name := range slices.Sorted(maps.Keys(s.packages)) {
		s.report(event{Action: "fail", Package: name}, s.packages[name])
	}
	if s.total.passed+s.total.failed == 0 {
		fmt.Fprintln(s.out, "no test ran")
	}
	showLongest(s.out, s.timings)
	fmt.Fprintln(s.out, s.total)
	return s.total.passed > 0 && s.total.failed == 0 && s.total.skipped == 0
}

// indent sets a log off from the lines of the packages.
func indent(out io.Writer, log string) {
	for line := range strings.Lines(log) {
		fmt.Fprint(out, "      ", strings.TrimSuffix(line, "\n"), "\n")
	}
}
