package browsertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience bounds the wait for any one thing.
const patience = 5 * time.Minute

// lookEvery is how often a page is looked at for what is awaited.
const lookEvery = 40 * time.Millisecond

// tab is one tab of a browser, driven as a person would.
type tab struct {
	t        testing.TB
	ctx      context.Context
	troubles *troubles
	noScript bool
}

// open opens a tab in a fresh browser profile. A complaint of any page fails
// the test.
func open(t testing.TB) *tab {
	t.Helper()
	browser, err := shared.browser()
	if err != nil {
		t.Fatal(err)
	}
	return newTab(t, browser, chromedp.WithNewBrowserContext())
}

// another opens a further tab beside this one: the same cookies.
func (b *tab) another() *tab {
	b.t.Helper()
	return newTab(b.t, b.ctx)
}

func newTab(t testing.TB, parent context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	b := &tab{t: t, troubles: &troubles{}}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(b.troubles.hear))...)
	b.ctx = ctx
	t.Cleanup(func() {
		cancel()
		for _, trouble := range b.troubles.all() {
			t.Error("the page complained:", trouble)
		}
	})
	b.do(calling(audits.Enable, cdp.Empty{}), b.desk())
	return b
}

// withoutScript switches scripts off, as some people do.
func (b *tab) withoutScript() *tab {
	b.noScript = true
	b.do(b.scripts(false))
	return b
}

func (b *tab) scripts(on bool) chromedp.Action[chromedp.Void] {
	return calling(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// calling is a protocol command as an action.
func calling[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	// The first run binds the tab's life to its context, so it gets the tab's own.
	if chromedp.FromContext(b.ctx).Target == nil {
		ctx = b.ctx
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v\n%s", err, b.see())
	}
}

// ask runs a script in the page and returns its result.
func ask[T any](b *tab, script string, options ...chromedp.EvaluateOption) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	var v T
	err := again(ctx, func() (err error) {
		v, err = chromedp.Run(ctx, chromedp.Evaluate[T](script, options...))
		return err
	})
	if err != nil {
		b.t.Fatalf("ran the script %s: %v", script, err)
	}
	return v
}

// see tells where the tab is, for a failure.
func (b *tab) see() string {
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.title + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// await waits for an element by XPath, on any page that the tab shows by then.
func (b *tab) await(xpath string) {
	b.t.Helper()
	b.awaitTrue(fmt.Sprintf(`document.evaluate(%q, document, null, XPathResult.BOOLEAN_TYPE, null).booleanValue`, "boolean("+xpath+")"))
}

// awaitHeading waits until the page's heading is this one.
func (b *tab) awaitHeading(words string) {
	b.t.Helper()
	b.await(fmt.Sprintf("//h1[contains(normalize-space(.), %q)]", words))
}

// awaitTrue waits until a script is true of the page.
func (b *tab) awaitTrue(script string) {
	b.t.Helper()
	b.do(until(script))
}

func void[T any](a chromedp.Action[T]) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := a(ctx, t)
		return err
	})
}

// troubles are the browser's complaints about a tab's pages.
type troubles struct {
	mu      sync.Mutex
	list    []string
	allowed []string
}

// hear takes the browser's complaints: the console, failed loads, breaches of the
// content security policy, and what its own audits find.
func (c *troubles) hear(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			c.add(fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *runtime.EventExceptionThrown:
		c.add("exception: " + e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			c.add(fmt.Sprintf("console: %v", e.Args))
		}
	case *audits.EventIssueAdded:
		c.add(fmt.Sprintf("issue: %s %+v", e.Issue.Code, e.Issue.Details))
	}
}

func (c *troubles) add(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, text)
}

func (c *troubles) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.list), func(text string) bool {
		return slices.ContainsFunc(c.allowed, func(part string) bool { return strings.Contains(text, part) })
	})
}

// expectStatus says that pages of this test answer with an HTTP status that the
// browser logs as a failed load.
func (b *tab) expectStatus(code int) {
	b.troubles.allowed = append(b.troubles.allowed, fmt.Sprintf("the server responded with a status of %d", code))
}
