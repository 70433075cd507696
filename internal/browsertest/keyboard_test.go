package browsertest

import (
	"fmt"

	"github.com/chromedp/chromedp/kb"
)

// mostTabs is more than any page has things to go through before its middle.
const mostTabs = 120

// tabTo presses the key Tab until the element of an id has the focus.
func (b *tab) tabTo(id string) {
	b.t.Helper()
	b.tabUntil(id, fmt.Sprintf(`e => e.id === %q`, id))
}

// tabToWords is tabTo for a link or button that begins with these words.
func (b *tab) tabToWords(words string) {
	b.t.Helper()
	b.tabUntil(words, fmt.Sprintf(`e => e.matches("a, button, summary") && e.textContent.trim().startsWith(%q)`, words))
}

// tabUntil presses the key Tab until what has the focus is wanted. Each step must move it, show it, and stay within
// the page.
func (b *tab) tabUntil(name, wanted string) {
	b.t.Helper()
	for range mostTabs {
		b.key(kb.Tab)
		if ask[bool](b, `(`+wanted+`)(document.activeElement)`) {
			return
		}
		if !ask[bool](b, `document.activeElement !== document.body && document.activeElement.matches(":focus-visible")`) {
			break
		}
	}
	b.t.Fatalf("Tab leads to %q and not to %q\n%s", ask[string](b, `document.activeElement.id || document.activeElement.textContent.trim()`), name, b.see())
}
