package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe is the source of axe-core, which script/setup installs.
var axe = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile("../../tools/npm/node_modules/axe-core/axe.min.js")
	return string(source), err
})

// runAxe makes one line for each violation of WCAG 2.0 to 2.2, level A and AA. The
// second time it is asked only about colors, and what depends on the window.
const runAxe = `axe.run(document, {
	runOnly: window.axeRan
		? {type: "rule", values: ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable", "meta-viewport"]}
		: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
	resultTypes: ["violations"], preload: false,
}).then(r => (window.axeRan = true, r)).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html + " " + n.failureSummary)))`

// skeleton has the elements that a page must have exactly once, and whether it
// is too wide.
const skeleton = `({
	title: document.title, h1: document.querySelectorAll("h1").length, main: document.querySelectorAll("main").length,
})`

// views are the windows in which a page is looked at.
var views = []struct {
	name          string
	width, height int64
	scheme        string
}{
	{"desk-light", 1280, 800, "light"},
	{"phone-light", 390, 844, "light"},
	{"phone-dark", 390, 844, "dark"},
	{"desk-dark", 1280, 800, "dark"},
}

// inspect checks the promises of every page: a title, one heading of the first
// rank, no finding of axe in either scheme, and no scrolling sideways down to 320
// pixels. Name names its pictures.
func (b *tab) inspect(name string) {
	b.t.Helper()
	if b.noScript { // the page's own scripts have not run; axe may
		b.do(b.scripts(true))
		defer func() { b.do(b.scripts(false)) }()
	}
	b.awaitTrue(`document.readyState === "complete"`)
	got := ask[struct {
		Title    string
		H1, Main int
	}](b, skeleton)
	if strings.TrimSpace(got.Title) == "" || got.H1 != 1 || got.Main != 1 {
		b.t.Errorf("%s: title %q, %d headings of the first rank, %d main parts", name, got.Title, got.H1, got.Main)
	}
	for _, v := range views {
		b.do(chromedp.EmulateViewport(v.width, v.height), scheme(v.scheme))
		b.fits(name, v.width)
		if v.name == "desk-light" || v.name == "phone-dark" {
			b.axe(name + " " + v.name)
		}
		b.keepPicture(name + "-" + v.name)
	}
	b.do(chromedp.EmulateViewport(320, 640))
	b.fits(name, 320)
	b.do(b.desk())
}

// desk is the window that tests work in.
func (b *tab) desk() chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.EmulateViewport(1280, 800), scheme("light"))
}

// scheme emulates the reader's choice, without transitions between the two.
func scheme(name string) chromedp.Action[chromedp.Void] {
	return calling(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// axe runs axe in the page, and again where the page is replaced meanwhile by its next state.
func (b *tab) axe(name string) {
	b.t.Helper()
	source, err := axe()
	if err != nil {
		b.t.Fatalf("%s: %v; run script/setup", name, err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	var violations []string
	err = again(ctx, func() error {
		if there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`typeof axe !== "undefined"`)); err != nil || !there {
			if err = errors.Join(err, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](source))); err != nil {
				return err
			}
		}
		violations, err = chromedp.Run(ctx, chromedp.Evaluate[[]string](runAxe, chromedp.EvalAwaitPromise))
		return err
	})
	if err != nil {
		b.t.Fatalf("%s: ran axe: %v", name, err)
	}
	for _, violation := range violations {
		b.t.Errorf("%s: axe: %s", name, violation)
	}
}

// fits reports what sticks out where the page is wider than its window.
func (b *tab) fits(name string, width int64) {
	b.t.Helper()
	const script = `(() => {
		const room = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= room) return [];
		return [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > room)
			.map(e => e.outerHTML.slice(0, 120)).slice(-3);
	})()`
	if wide := ask[[]string](b, script); len(wide) > 0 {
		text, _ := json.Marshal(wide)
		b.t.Errorf("%s: scrolls sideways at %d pixels: %s", name, width, text)
	}
}

// tallest is the height in pixels of a page up to which Chromium takes a picture of
// the whole of it.
const tallest = 16_000

// keepPicture saves the whole page, or of a very long one the window, where the
// pictures' folder is set.
func (b *tab) keepPicture(name string) {
	b.t.Helper()
	dir := os.Getenv("SANDBANK_SCREENSHOTS")
	if dir == "" {
		return
	}
	shoot := chromedp.FullScreenshot(100)
	if ask[int](b, `document.documentElement.scrollHeight`) > tallest {
		shoot = chromedp.CaptureScreenshot()
	}
	picture, err := chromedp.Run(b.ctx, shoot)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
