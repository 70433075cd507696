package browsertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// errAborted is the browser's error where a page that loads itself anew got in the way of another.
const errAborted = "net::ERR_ABORTED"

// visit goes to an address, and waits until its page is whole.
func (b *tab) visit(url string) {
	b.t.Helper()
	b.act("visit "+url, chromedp.Steps(goingTo(url), whole))
}

// reload loads the page anew, as by the browser's button.
func (b *tab) reload() {
	b.t.Helper()
	b.act("reload", toNextPage(leaving(calling(page.Reload, page.ReloadParams{}))))
}

// back goes to the page before, as by the browser's button.
func (b *tab) back() {
	b.t.Helper()
	b.act("go back", toNextPage(leaving(void(chromedp.Evaluate[chromedp.Void](`history.back()`)))))
}

// goingTo goes to an address, and waits until the browser shows this page and no other that was on its way, too.
func goingTo(url string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for {
			pages := cdp.Events(ctx, t, page.FrameNavigated)
			to, err := cdp.Call(ctx, t, page.Navigate, page.NavigateParams{URL: url})
			switch {
			case err != nil:
				return err
			case to.ErrorText == errAborted:
				continue
			case to.ErrorText != "":
				return fmt.Errorf("%s: %s", url, to.ErrorText)
			case to.LoaderID == "": // only the place on the page is another
				return nil
			}
			for came, err := range pages {
				if err != nil {
					return err
				}
				if came.Frame.LoaderID == to.LoaderID {
					return nil
				}
			}
			return errors.New(url + ": the browser has gone")
		}
	})
}

// toNextPage waits for the page that an action leads to.
func toNextPage(action chromedp.Action[chromedp.Void]) chromedp.Action[chromedp.Void] {
	ofTheTab := func(e page.EventFrameNavigated) bool { return e.Frame.ParentID == "" }
	return chromedp.Steps(void(chromedp.WaitEvent(page.FrameNavigated, ofTheTab, action)), whole)
}

// whole waits until the page is complete: before, its scripts do not listen.
var whole = until(`document.readyState === "complete"`)

// until waits until a script is true of the page. A page may go while it is asked, and the next may not be ready to
// answer: then it is asked again.
func until(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			yes, err := chromedp.Evaluate[bool](script)(ctx, t)
			if yes {
				return nil
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return fmt.Errorf("not within %s: %s (%w)", patience, script, errors.Join(ctx.Err(), err))
			}
		}
	})
}

// headed is a page with a heading.
func headed(words string) string {
	return `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,"><h1>` + words + `</h1></html>`
}

// TestVisit_GetsAwayFromAPageThatReloadsItself leaves pages that are about to load themselves anew: that load is given
// up for the visit, and is not taken for it.
func TestVisit_GetsAwayFromAPageThatReloadsItself(t *testing.T) {
	t.Parallel()
	b := open(t)
	begun, slow := make(chan struct{}, 1), make(chan struct{})
	restless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("again") {
			begun <- struct{}{}
			select {
			case <-slow:
			case <-r.Context().Done():
			}
		}
		_, _ = io.WriteString(w, headed("Restless"))
	}))
	t.Cleanup(func() { close(slow); restless.Close() })
	calm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, headed("Calm")) }))
	t.Cleanup(calm.Close)
	b.visit(restless.URL)
	ask[bool](b, `(location.href = "?again") !== ""`)
	<-begun
	b.visit(calm.URL)
	b.awaitHeading("Calm")
	b.visit(calm.URL + "/#there")
	b.visit(calm.URL + "/#here")
	ask[bool](b, `history.back() === undefined`)
	b.awaitTrue(`location.hash === "#there"`)
	ask[bool](b, `(window.before = true)`)
	b.reload()
	b.awaitTrue(`window.before === undefined`)
}
