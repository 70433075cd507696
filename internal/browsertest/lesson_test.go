package browsertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sandbank/scenarios"
)

// tooSmall lists the texts of a page that are set in less than 22 pixels, as they come out on the screen.
const tooSmall = `(() => {
	const small = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n = walk.nextNode(); n; n = walk.nextNode()) {
		const e = n.parentElement;
		if (!n.textContent.trim() || !e.checkVisibility({contentVisibilityAuto: true, opacityProperty: true}) || e.closest(".unseen, title")) continue;
		const svg = e.closest("svg"), scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
		const size = parseFloat(getComputedStyle(e).fontSize) * scale;
		if (size < 22) small.push(size.toFixed(1) + ": " + n.textContent.trim().slice(0, 40));
	}
	return small;
})()`

// far looks at a page as a class does, on a big screen in either scheme.
func (b *tab) far(name string) {
	b.t.Helper()
	for _, light := range []string{"light", "dark"} {
		b.do(chromedp.EmulateViewport(1920, 1080), scheme(light))
		if small := ask[[]string](b, tooSmall); len(small) > 0 {
			b.t.Errorf("%s: smaller than 22 pixels:\n%s", name, strings.Join(small, "\n"))
		}
		b.keepPicture(name + "-far-" + light)
	}
	b.do(b.desk())
}

// awaitScene waits until a number of scenes of a lesson is shown.
func (b *tab) awaitScene(at int) {
	b.t.Helper()
	b.awaitTrue(fmt.Sprintf(`document.querySelector(".show-at")?.textContent.startsWith("%d/") && !document.querySelector(".show-ask")`, at))
}

// TestLesson_FromStartToEnd gives a lesson by the keyboard alone, with the speaker's notes in a second window.
func TestLesson_FromStartToEnd(t *testing.T) {
	t.Parallel()
	h := ownHouse(t, "--seed", "7")
	b := open(t)
	b.visit(h.Base() + "/lessons")
	b.awaitHeading("Lessons")
	b.inspect("lessons")
	b.pressTo("An answer now, a result later")
	b.await(`//h2[.="What is told"]`)
	b.inspect("lesson")
	b.key("\r") // the button has the focus
	b.await(`//*[@class="show-cover"]`)
	b.inspect("lesson-begun")
	b.far("lesson-begun")
	notes := b.another()
	notes.visit(ask[string](b, `document.querySelector("a[target=sandbank-notes]").href`))
	notes.awaitHeading("Notes")
	b.onward(" ")
	b.await(`//*[@class="show-ask"]//*[contains(., "What does the answer say?")]`)
	b.inspect("lesson-asked")
	b.far("lesson-asked")
	notes.await(`//*[contains(., "You ask:")]`)
	notes.inspect("lesson-notes")
	b.onward(kb.ArrowRight)
	b.awaitScene(1)
	b.await(`//*[@class="show-answer"]`)
	b.far("lesson-1")
	for at := 2; at <= 5; at++ {
		for !ask[bool](b, fmt.Sprintf(`document.querySelector(".show-at")?.textContent.startsWith("%d/") ?? false`, at)) {
			b.onward(" ")
		}
		b.far(fmt.Sprintf("lesson-%d", at))
	}
	b.inspect("lesson-end")
	notes.await(`//h2[.="That was the last step"]`)
	b.onward(kb.ArrowLeft)
	b.awaitScene(4)
	b.key("b")
	b.awaitTrue(`document.getElementById("blank").checkVisibility()`)
	b.key("b")
	b.awaitTrue(`!document.getElementById("blank").checkVisibility()`)
	b.key("f")
	b.awaitTrue(`document.fullscreenElement !== null`)
	b.key("f")
	b.awaitTrue(`document.fullscreenElement === null`)
	b.onward("r")
	b.await(`//*[@class="show-cover"]`)
}

// onward presses a key that moves a lesson, and waits until the page shows it.
func (b *tab) onward(key string) {
	b.t.Helper()
	before := ask[string](b, `document.getElementById("main").dataset.state`)
	b.key(key)
	b.awaitTrue(fmt.Sprintf(`document.getElementById("main").dataset.state !== %q && !document.body.dataset.moving`, before))
}

// TestLesson_EachIsReadFromTheLastRow gives every lesson to its end, and looks at each scene on a big screen.
func TestLesson_EachIsReadFromTheLastRow(t *testing.T) {
	t.Parallel()
	h := ownHouse(t, "--seed", "7")
	for _, name := range scenarios.Lessons() {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			b.visit(h.Base() + "/lessons/" + name)
			b.press("Begin the lesson")
			b.await(`//*[@class="show-cover"]`)
			b.do(chromedp.EmulateViewport(1920, 1080))
			for n := 1; !ask[bool](b, `document.getElementById("next").disabled`); n++ {
				b.onward(" ")
				b.far(fmt.Sprintf("given-%s-%02d", name, n))
				if trouble := ask[string](b, `document.querySelector(".show-trouble")?.textContent ?? ""`); trouble != "" || n > 30 {
					t.Fatalf("after %d presses: %s", n, trouble)
				}
			}
			b.inspect("given-" + name)
			b.visit(h.Base() + "/lessons")
			b.press("End it")
			b.awaitTrue(`!document.querySelector(".run-line")`)
		})
	}
}
