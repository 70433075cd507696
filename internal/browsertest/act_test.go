package browsertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/chromedp"
)

// goneMessages are the browser's errors about a node, or a page, that was replaced between being
// found and being used. It has done nothing then, so that the action can begin again.
var goneMessages = []string{
	"Could not find node with given id",
	"No node with given id found",
	"Node is detached from document",
	"Node does not have a layout object",
	"Could not compute content quads",
	"Could not compute box model",
	"Cannot find context with specified id",
	"Execution context was destroyed",
	navigated,
}

// navigated is the browser's error in the place of an answer whose page was left meanwhile. What leads to another page was carried
// out then, and is not to be done again.
const navigated = "Inspected target navigated or closed"

// leaving is an action that may lead to another page, before the browser has answered it.
func leaving(action chromedp.Action[chromedp.Void]) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := action(ctx, t); !refused(err, navigated) {
			return err
		}
		return nil
	})
}

// gone reports whether an action failed because its node was replaced under it, or is not drawn any more.
func gone(err error) bool {
	return errors.Is(err, chromedp.ErrInvalidDimensions) || refused(err, goneMessages...)
}

// refused reports whether the browser refused with one of some messages.
func refused(err error, messages ...string) bool {
	var refusal *cdproto.Error
	return errors.As(err, &refusal) && slices.ContainsFunc(messages, func(m string) bool { return strings.Contains(refusal.Message, m) })
}

// act finds a node and uses it, as one step: where the page replaces the node in between, the step
// begins again with the node that took its place.
func (b *tab) act(what string, action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := again(ctx, func() error { return chromedp.Do(ctx, action) }); err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.see())
	}
}

// again repeats a step while its node is replaced under it.
func again(ctx context.Context, step func() error) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		err := step()
		if !gone(err) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

// A target is what is clicked: how the browser finds it for the mouse, and how a script does.
type target struct {
	name   string
	click  chromedp.Action[chromedp.Void]
	script string
}

// byCSS is the first element that a CSS selector finds.
func byCSS(css string) target {
	return target{css, chromedp.Click(chromedp.CSS(css)), fmt.Sprintf("document.querySelector(%q)", css)}
}

// byXPath is the first element that an XPath expression finds.
func byXPath(xpath string) target {
	return target{xpath, chromedp.Click(chromedp.Search(xpath)), fmt.Sprintf("document.evaluate(%q, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null).singleNodeValue", xpath)}
}

// byWords is the button or link of these words.
func byWords(words string) target {
	return byXPath(fmt.Sprintf("//*[self::button or self::a][starts-with(normalize-space(.), %q)]", words))
}

// aim is a script that is true once a page is whole and has the target. From then on a click that falls beside the
// target, which has moved under the mouse, does nothing, and whether the target was met is in window.sandbankClick.
const aim = `(() => {
	const target = () => %s;
	if (document.readyState !== "complete" || !target()) return false;
	window.sandbankClick = "awaited";
	addEventListener("click", (event) => {
		if (target()?.contains(event.target)) window.sandbankClick = "arrived";
		else { event.preventDefault(); event.stopImmediatePropagation(); }
	}, {capture: true, once: true});
	return true;
})()`

// watched is the target's click with a look at whether it arrived. Where the page replaces or moves the node
// between the look for it and the mouse's press or release, it does not hear of the click; then it is clicked
// again. A page that is gone was left by the click.
func (g target) watched(b *tab) chromedp.Action[chromedp.Void] {
	if b.noScript { // then nothing replaces a node, and no script could look
		return chromedp.Steps(whole, leaving(g.click))
	}
	aimed := until(fmt.Sprintf(aim, g.script))
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for {
			if _, err := chromedp.Steps(aimed, leaving(g.click))(ctx, t); err != nil {
				return err
			}
			state, err := chromedp.Evaluate[string](`window.sandbankClick ?? "another page"`)(ctx, t)
			if state != "awaited" || ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil && !gone(err) {
				return err
			}
		}
	})
}

// press clicks the button or link of these words.
func (b *tab) press(words string) { b.t.Helper(); b.click(byWords(words)) }

// pressTo is press, and waits for the page that it leads to.
func (b *tab) pressTo(words string) { b.t.Helper(); b.clickTo(byWords(words)) }

// click clicks a target.
func (b *tab) click(g target) {
	b.t.Helper()
	b.act("click "+g.name, g.watched(b))
}

// clickTo is click, and waits for the page that it leads to.
func (b *tab) clickTo(g target) {
	b.t.Helper()
	b.act("click "+g.name, toNextPage(g.watched(b)))
}

// chosen is a script that gives a field a value, and tells the page so; it is true once the page is whole and has the field.
const chosen = `((field, value) => {
	if (document.readyState !== "complete" || field === null) return false;
	field.value = value;
	if (field.value !== value) return false;
	for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, {bubbles: true}));
	return true;
})(document.getElementById(%q), %q)`

// choose gives the field of an id a value, as a script or a picker would.
func (b *tab) choose(id, value string) {
	b.t.Helper()
	b.act("choose "+id, until(fmt.Sprintf(chosen, id, value)))
}

// key presses keys, one after the other, on a page that is whole.
func (b *tab) key(keys string) {
	b.t.Helper()
	b.act(fmt.Sprintf("press %q", keys), chromedp.Steps(whole, leaving(chromedp.KeyEvent(keys))))
}

// mostTypings bounds how often one field is typed into.
const mostTypings = 10

// fill types into fields: id, text, id, text. A page that is replaced meanwhile loses the text;
// then it is typed again.
func (b *tab) fill(pairs ...string) {
	b.t.Helper()
	for pair := range slices.Chunk(pairs, 2) {
		id, text := chromedp.ID(pair[0]), pair[1]
		empty := fmt.Sprintf(`(e => { if (e) e.value = "" })(document.getElementById(%q))`, pair[0])
		kept := fmt.Sprintf(`(e => e !== null && e.value.replace(/\s/g, "") === %q)(document.getElementById(%q))`, strings.Join(strings.Fields(text), ""), pair[0])
		for tries := 1; ; tries++ {
			// What the field holds is emptied, and not its attribute, as chromedp.Clear does: a field that
			// the page itself gave a text goes on holding it, and the next try would be typed behind it.
			anew := chromedp.Steps(whole, void(chromedp.WaitReady(id)), void(chromedp.Evaluate[chromedp.Void](empty)), chromedp.SendKeys(id, text))
			b.act("fill in "+pair[0], anew)
			if ask[bool](b, kept) {
				break
			}
			if tries == mostTypings {
				b.t.Fatalf("%s does not keep %q\n%s", pair[0], text, b.see())
			}
		}
	}
}

func TestAct_BeginsAgainOnlyWhereTheNodeIsGone(t *testing.T) {
	t.Parallel()
	tries := 0
	err := again(t.Context(), func() error {
		if tries++; tries < 3 {
			return fmt.Errorf("click: %w", &cdproto.Error{Code: -32000, Message: "Could not find node with given id"})
		}
		return nil
	})
	if err != nil || tries != 3 {
		t.Errorf("a node that was replaced twice: %d tries, %v; want 3 tries and no error", tries, err)
	}
	other := &cdproto.Error{Code: -32000, Message: "Cannot navigate to invalid URL"}
	if err := again(t.Context(), func() error { tries++; return other }); !errors.Is(err, other) || tries != 4 {
		t.Errorf("another refusal: %d tries, %v; want one try and the refusal", tries-3, err)
	}
}

// TestAct_OnAPageThatIsReplacedAllTheTime presses a button that gives way to another sixteen
// times a second, as pages do that follow a payment live.
func TestAct_OnAPageThatIsReplacedAllTheTime(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.visit("about:blank")
	ask[bool](b, `(() => {
		window.pressed = 0;
		const renew = () => {
			document.body.innerHTML = '<button id="go">Go on</button>';
			document.getElementById("go").onclick = () => window.pressed++;
			setTimeout(renew, 60);
		};
		renew();
		return true;
	})()`)
	for n := range 20 {
		b.press("Go on")
		b.awaitTrue(fmt.Sprintf("window.pressed >= %d", n+1))
	}
}

// TestAct_TypesAnew types into a field that is replaced at the first letter by another, which the page
// gives what was typed so far and whose caret stands before it: as a page does that extends itself.
func TestAct_TypesAnew(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.visit("about:blank")
	ask[bool](b, `(() => {
		document.body.innerHTML = '<input id="amount" value="64.00">';
		document.getElementById("amount").addEventListener("input", (event) => {
			const next = event.target.cloneNode();
			next.value = event.target.value;
			event.target.replaceWith(next);
			next.focus();
			next.setSelectionRange(0, 0);
		});
		return true;
	})()`)
	b.fill("amount", "64.01")
}
