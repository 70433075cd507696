package browsertest

import (
	"encoding/base64"
	"image/png"
	"strconv"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// pictured presses the button that has the focus, and looks at the PNG that the browser would save: it is twice the drawing's
// size, and there is something on it.
func (b *tab) pictured(drawing string) {
	b.t.Helper()
	ask[bool](b, `(HTMLAnchorElement.prototype.click = function () { document.body.dataset.saved = this.download + " " + this.href }) !== undefined`)
	b.key(kb.Enter)
	b.awaitTrue(`document.body.dataset.saved !== undefined`)
	name, saved, _ := strings.Cut(ask[string](b, `document.body.dataset.saved`), " data:image/png;base64,")
	if !strings.HasSuffix(name, ".png") {
		b.t.Errorf("the picture is saved as %q: expected a name that ends in .png", name)
	}
	picture, err := png.Decode(base64.NewDecoder(base64.StdEncoding, strings.NewReader(saved)))
	if err != nil {
		b.t.Fatalf("the picture that is saved: %v", err)
	}
	// Read as text: to parse a document with a style of its own is against the page's policy.
	size := ask[[]int](b, `fetch(`+strconv.Quote(drawing)+`).then(r => r.text()).then(t =>
		["width", "height"].map(side => Math.round(2 * new RegExp("<svg[^>]* " + side + "=\"([0-9.]+)\"").exec(t)[1])))`, chromedp.EvalAwaitPromise)
	if is := picture.Bounds().Size(); is.X != size[0] || is.Y != size[1] {
		b.t.Errorf("the picture is of %v pixels: expected %v, twice the drawing's size", is, size)
	}
	inked, paper := 0, picture.At(0, 0)
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			if picture.At(x, y) != paper {
				inked++
			}
		}
	}
	if all := picture.Bounds().Dx() * picture.Bounds().Dy(); inked*100 < all {
		b.t.Errorf("of %d pixels of the picture %d differ from its corner: expected one in a hundred at least", all, inked)
	}
}
