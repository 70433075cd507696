package browsertest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"sandbank/merchant/client"
	"sandbank/money"
)

// maxPicture bounds a picture of the README, in bytes.
const maxPicture = 200 << 10

// TestPictures makes the README's pictures of real pages: a desk in the light,
// and before it a phone in the dark.
func TestPictures(t *testing.T) {
	t.Parallel()
	h := ownHouse(t, "--seed", "1042")
	b := open(t)
	for _, n := range []struct{ value, bank, card, end string }{
		{"42.00", "MISCBE2A", goodCard, "Payment complete"}, {"7.50", "SANDNL2A", noFunds, "Try another way"},
		{"129.90", "CHALES2A", goodCard, "Your bank wants"}, {"18.25", "SANDNL2A", errorCard, "Payment failed"},
		{"64.00", "FLAKGB2A", "", ""}, {"23.80", "MUTEIE2A", goodCard, "Waiting"},
	} {
		p := h.pay(t, sale(n.value, n.bank))
		if n.card != "" {
			b.visit(p.CheckoutURL)
			b.payWith(n.card)
			b.awaitHeading(n.end)
		}
	}
	p := h.pay(t, sale("19.99", "CHALES2A"))
	b.visit(p.CheckoutURL)
	b.enterCard(goodCard)
	form := b.shot(1200, 880, "light")
	b.pressTo("Continue to review")
	b.awaitHeading("Review your payment")
	b.press("Pay")
	b.awaitHeading("Your bank wants to hear from you")
	b.pressTo("Continue to Doublecheck Bank")
	b.awaitHeading("Is this you?")
	bank := b.shot(390, 844, "dark")
	b.press("Yes")
	b.awaitHeading("Payment complete")
	b.visit(h.Base() + "/")
	b.await(`//td[contains(., "` + p.Reference + `")]`)
	list := b.shot(390, 844, "dark")
	b.visit(h.Base() + "/payments/" + p.ID)
	b.await(`//caption[not(contains(., "not sealed"))]`)
	b.awaitHeading("Captured")
	payment := b.shot(1200, 880, "light")
	dir := os.Getenv("SANDBANK_PICTURES")
	if dir == "" {
		return // the way to them is tested; packing them takes long
	}
	b.compose(filepath.Join(dir, "checkout.png"), form, bank)
	b.compose(filepath.Join(dir, "dashboard.png"), payment, list)
}

// sale is a payment of some euros at a bank.
func sale(value, bank string) func(*client.NewPayment) {
	return func(n *client.NewPayment) { n.Amount, n.Bank = money.Must(value, "EUR"), bank }
}

// shot is a picture of a window.
func (b *tab) shot(width, height int64, name string) []byte {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height), scheme(name))
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(b.desk())
	return picture
}

// composed is the page on which two pictures become one.
const composed = `<!doctype html><html lang="en"><title>Picture</title><link rel="icon" href="data:,"><style>
	body { margin: 0; width: 1280px; height: 776px; position: relative; background: #e9dfc9; overflow: hidden }
	img { position: absolute; border-radius: 12px; border: 1px solid #b9ac92 }
	.desk { left: 32px; top: 32px; width: 960px }
	.phone { right: 32px; bottom: 24px; width: 276px; border: 6px solid #12181b; border-radius: 28px }
	</style><img class="desk" src="data:image/png;base64,%s" alt=""><img class="phone" src="data:image/png;base64,%s" alt=""></html>`

// small is a PNG of the 256 colors that are most used; a page has few others.
func small(t testing.TB, picture []byte) []byte {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	used := map[color.Color]int{}
	for y := range decoded.Bounds().Dy() {
		for x := range decoded.Bounds().Dx() {
			used[decoded.At(x, y)]++
		}
	}
	palette := apart(slices.SortedFunc(maps.Keys(used), func(a, b color.Color) int { return used[b] - used[a] }))
	for c := range used {
		used[c] = palette.Index(c)
	}
	few := image.NewPaletted(decoded.Bounds(), palette)
	for y := range decoded.Bounds().Dy() {
		for x := range decoded.Bounds().Dx() {
			few.SetColorIndex(x, y, uint8(used[decoded.At(x, y)]))
		}
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// apart takes 256 colors: the first half as they come, which keeps shadows soft,
// then what lies apart from those, which keeps the small and bright.
func apart(colors []color.Color) color.Palette {
	var chosen color.Palette
	for _, c := range colors {
		if len(chosen) == 256 {
			break
		}
		if len(chosen) < 128 || distance(c, chosen.Convert(c)) > 16 {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// distance is how far two colors are apart, in steps of one channel.
func distance(a, b color.Color) int {
	x, y := color.NRGBAModel.Convert(a).(color.NRGBA), color.NRGBAModel.Convert(b).(color.NRGBA)
	abs := func(p, q uint8) int { return max(int(p)-int(q), int(q)-int(p)) }
	return abs(x.R, y.R) + abs(x.G, y.G) + abs(x.B, y.B)
}

// compose keeps the two pictures as one.
func (b *tab) compose(path string, desk, phone []byte) {
	b.t.Helper()
	table := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, composed, base64.StdEncoding.EncodeToString(desk), base64.StdEncoding.EncodeToString(phone))
	}))
	b.t.Cleanup(table.Close)
	b.visit(table.URL)
	b.awaitTrue(`document.images.length === 2 && [...document.images].every(i => i.complete && i.naturalWidth > 0)`)
	picture := small(b.t, b.shot(1280, 776, "light"))
	if len(picture) > maxPicture {
		b.t.Errorf("%s has %d bytes, and may have %d", filepath.Base(path), len(picture), maxPicture)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
