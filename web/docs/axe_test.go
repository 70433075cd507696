package docs

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sandbank/internal/engine"
)

// The pages are held to the accessibility rules of axe-core. The policy forbids
// injected scripts, so the rules are evaluated.
func TestPages_AreAccessible(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../../tools/npm/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("%v: make setup installs it", err)
	}
	const run = `;(async () => (await axe.run()).violations.map(v => v.id + ": " + v.nodes[0].html.slice(0, 200)).join("\n"))()`
	s := serve(t)
	browser, cancel := chromedp.NewContext(engine.Browser(t))
	defer cancel()
	for path := range documents {
		if err := chromedp.Do(browser, chromedp.Navigate(s.URL+path)); err != nil {
			t.Fatal(err)
		}
		wrong, err := chromedp.Run(browser, chromedp.Evaluate[string](string(axe)+run, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(wrong) {
			t.Errorf("%s has a barrier: want none, got %s", path, line)
		}
	}
}
