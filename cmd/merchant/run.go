package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"time"

	"sandbank/scenario"
	"sandbank/scenario/embedded"
	"sandbank/scenario/report"
	"sandbank/scenario/runner"
	"sandbank/scenarios"
	"sandbank/secret"
)

// runCommand carries scenarios out.
type runCommand struct {
	Files    []string      `arg:"" optional:"" placeholder:"FILE|FOLDER" help:"Scenarios, or folders of them. Default: the library that ships with the program."`
	URL      []string      `name:"url" placeholder:"URL" help:"A Sandbank that runs already; of several processors on one database, all, between whom the calls alternate. Default: each scenario has a Sandbank of its own, in this process."`
	Merchant string        `name:"client-id" placeholder:"ID" help:"A merchant's client id, at --url: all scenarios are then this merchant's. Default: the operator makes each scenario a merchant of its own, which ends with it."`
	Secret   secret.Text   `name:"client-secret" placeholder:"SECRET" help:"Its secret."`
	Operator string        `name:"operator-id" default:"demo-operator" help:"The operator's client id, at --url."`
	OpSecret secret.Text   `name:"operator-secret" default:"demo-operator-secret" help:"Its secret."`
	Stripe   string        `name:"stripe-url" placeholder:"URL" help:"Where --url speaks Stripe's API, for scenarios that call it."`
	AMQPURL  secret.Text   `name:"amqp-url" placeholder:"URL" help:"The broker of --url, for scenarios that listen over AMQP."`
	Seed     uint64        `help:"Seed, instead of that of each file."`
	Filter   *regexpFlag   `placeholder:"REGEXP" help:"Run only scenarios whose name matches."`
	Parallel int           `placeholder:"N" help:"How many at a time. Default: as many as there are processors. At --url those that are about more than their merchant, such as banks and faults, run by themselves, after the others; with --client-id all do."`
	Repeat   int           `default:"1" help:"How often each is run."`
	FailFast bool          `help:"Begin no further one after the first that does not hold."`
	Timeout  time.Duration `default:"2m" help:"How long one may take in the computer's time."`
	Update   bool          `help:"Record anew what snapshots expect, beside FILES, where it has changed."`
	Verbose  bool          `short:"v" help:"Print the transcript of each."`
	JUnit    string        `name:"junit" placeholder:"FILE" help:"Write the results as JUnit's XML."`
	JSON     string        `name:"json" placeholder:"FILE" help:"Write them as JSON, with transcripts."`
	HTML     string        `name:"html" placeholder:"FILE" help:"Write them as one page, with transcripts as drawings."`
	TAP      string        `name:"tap" placeholder:"FILE" help:"Write them as Test Anything Protocol."`

	trust *tls.Config
}

// Help is shown by run --help.
func (*runCommand) Help() string {
	return `Carries out scenarios: files that say what is to happen to payments, and what has to come of it. /docs/scenarios explains them.

Exit codes: 0 all held, 1 an expectation failed, 2 usage, 3 a file has a mistake, 4 something could not be run, 5 something took too long.`
}

// regexpFlag is a regular expression from a flag.
type regexpFlag struct{ *regexp.Regexp }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (r *regexpFlag) UnmarshalText(text []byte) (err error) {
	r.Regexp, err = regexp.Compile(string(text))
	return err
}

// Run runs the scenarios and prints what they came to.
func (c *runCommand) Run(ctx context.Context, to output) error {
	list, err := c.scenarios()
	if err != nil {
		return err
	}
	if len(c.URL) > 0 && c.Parallel > 1 && c.Merchant != "" {
		return &exitError{exitUsage, errors.New("--parallel with --client-id: scenarios of one merchant hear each other, and so run one at a time; leave --parallel out, or leave --client-id out, and each scenario has a merchant of its own")}
	}
	plan := runner.Plan{
		Open: embedded.Open, Parallel: c.Parallel, FailFast: c.FailFast, Limit: c.Timeout, Recorded: runner.Beside{Rewrite: c.Update},
		Ended: func(_ int, r scenario.Result) {
			if c.Verbose {
				report.Transcript(to.out, r)
			}
			fmt.Fprintln(to.out, report.Line(r))
		},
	}
	if plan.Parallel == 0 {
		plan.Parallel = runtime.GOMAXPROCS(0)
	}
	if len(c.URL) > 0 {
		if err := c.at(&plan); err != nil {
			return &exitError{exitUsage, err}
		}
	}
	results := runner.Many(ctx, list, plan)
	for _, r := range results {
		report.Failure(to.out, r)
	}
	if err := c.write(results); err != nil {
		return &exitError{exitNotRun, err}
	}
	if err := verdict(results); err != nil {
		return err
	}
	if len(results) > 1 {
		fmt.Fprintf(to.out, "All %d scenarios held.\n", len(results))
	}
	return nil
}

// write writes the reports that are asked for.
func (c *runCommand) write(results []scenario.Result) error {
	return writeReports(results, []fileOf[[]scenario.Result]{{c.JUnit, report.JUnit}, {c.JSON, report.JSON}, {c.HTML, report.Page}, {c.TAP, report.TAP}})
}

// scenarios reads the files.
func (c *runCommand) scenarios() ([]scenario.Scenario, error) {
	if c.Update && len(c.Files) == 0 {
		return nil, &exitError{exitUsage, errors.New("--update records beside files: name them")}
	}
	files, load, err := c.files()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &exitError{exitUsage, err}
	} else if err != nil {
		return nil, &exitError{exitNotRun, err}
	}
	var all []scenario.Scenario
	var mistakes scenario.Mistakes
	for _, file := range files {
		list, err := scenario.Read(file, load)
		if wrong, ok := errors.AsType[scenario.Mistakes](err); ok {
			mistakes = append(mistakes, wrong...)
		} else if err != nil {
			return nil, &exitError{exitNotRun, err}
		}
		for _, s := range list {
			if c.Filter != nil && !c.Filter.MatchString(s.Title()) {
				continue
			}
			if c.Seed != 0 {
				s.Seed = c.Seed
			}
			for range max(1, c.Repeat) {
				all = append(all, s)
			}
		}
	}
	if len(mistakes) > 0 {
		return nil, &exitError{exitMistake, mistakes}
	}
	if len(all) == 0 {
		return nil, &exitError{exitUsage, errors.New("there is no scenario to run: look at the files and at --filter")}
	}
	return all, nil
}

// files lists the files, with what reads them: where none is named, those of the library that ships
// with the program.
func (c *runCommand) files() ([]string, func(string) ([]byte, error), error) {
	if len(c.Files) > 0 {
		list, err := scenario.Find(c.Files)
		return list, os.ReadFile, err
	}
	library := scenarios.Files()
	list, err := fs.Glob(library, "*.yaml")
	return list, func(name string) ([]byte, error) { return fs.ReadFile(library, name) }, err
}

// verdict is the error, with its exit code, that results come to; nil where all held.
func verdict(results []scenario.Result) error {
	n := map[scenario.Outcome]int{}
	for _, r := range results {
		n[r.Outcome]++
	}
	code := codeOf(n[scenario.Failed], n[scenario.TimedOut], n[scenario.NotRun])
	if code == 0 {
		return nil
	}
	return &exitError{code, fmt.Errorf("%d of %d scenarios held; %d failed, %d took too long, %d could not be run",
		n[scenario.Held], len(results), n[scenario.Failed], n[scenario.TimedOut], n[scenario.NotRun])}
}
