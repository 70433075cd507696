package browsertest

import (
	"fmt"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focused is the focused element: its id, or its words.
func (b *tab) focused() string {
	b.t.Helper()
	return ask[string](b, `document.activeElement.id || document.activeElement.textContent.trim()`)
}

// mostTabs is more than any page has things to go through before its middle.
const mostTabs = 120

// tabTo presses the key Tab until the element has the focus. Each step must move
// it, show it, and stay within the page.
func (b *tab) tabTo(id string) {
	b.t.Helper()
	for range mostTabs {
		b.do(chromedp.KeyEvent(kb.Tab))
		if at := b.focused(); at == id {
			return
		}
		if !ask[bool](b, `document.activeElement !== document.body && document.activeElement.matches(":focus-visible")`) {
			break
		}
	}
	b.t.Fatalf("Tab leads to %q and not to %q\n%s", b.focused(), id, b.see())
}

// tabToWords is tabTo for a link or button that begins with these words.
func (b *tab) tabToWords(words string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`[...document.querySelectorAll("a, button, summary")].find(e => e.textContent.trim().startsWith(%q)).id = "wanted"`, words)))
	b.tabTo("wanted")
}
