package browsertest

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sandbank/node"
	"sandbank/scenario/embedded"
)

// classroom is a processor with a class, on loopback, where no flag would have it.
func classroom(t *testing.T) (base string) {
	t.Helper()
	n, err := node.New(t.Context(), node.Config{Class: &node.Class{}, Teach: embedded.Lesson})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		if err := n.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n.URL()
}

// phone is a student's browser.
func phone(t *testing.T) *tab {
	t.Helper()
	b := open(t)
	b.do(chromedp.EmulateViewport(390, 844))
	return b
}

// code is the class's code, as it stands on the screen.
func (b *tab) code() string {
	b.t.Helper()
	return ask[string](b, `document.querySelector(".class-code").innerText.replace(/\W|The code/g, "")`)
}

// A class from its code to the wall and the lesson, with a second browser as a student's phone.
func TestClass_WithAPhone(t *testing.T) {
	t.Parallel()
	base := classroom(t)
	b, student := open(t), phone(t)
	b.visit(base + "/class")
	b.awaitHeading("The class")
	b.inspect("class")
	student.expectStatus(422)
	student.visit(base + "/join?code=WRONG2")
	student.awaitHeading("Join the class")
	student.inspect("join")
	student.press("Join")
	student.await(`//*[@id="code-error"]`)
	student.inspect("join-wrong")
	student.visit(base + "/join?code=" + b.code())
	student.pressTo("Join")
	student.await(`//h2[.="Your orders"]`)
	name := ask[string](student, `document.querySelector("h1").textContent`)
	student.inspect("student-shop-new")
	b.await(`//li[.="` + name + `"]`)
	b.pressTo("Show the wall")
	b.await(`//*[@class="wall-name"][.="` + name + `"]`)

	student.click(byXPath(`//button[contains(., "A mug")]`))
	student.awaitTrue(`location.pathname.startsWith("/pay/")`)
	b.await(`//*[contains(@class, "wall-tile")]//*[.="Created"]`)
	b.far("wall-created")
	student.payWith(goodCard)
	student.awaitHeading("Payment complete")
	b.await(`//*[contains(@class, "wall-tile")]//*[.="Captured"]`)
	b.inspect("wall")
	b.far("wall")
	b.click(byXPath(`//a[.="` + name + `"]`))
	b.await(`//*[local-name()="svg"]//*[contains(., "Approved")]`)
	b.inspect("wall-one")
	b.far("wall-one")
	student.pressTo("Return to " + name)
	student.await(`//code[.="payment.captured"]`)
	student.inspect("student-shop")

	student.pressTo("Follow the lesson")
	student.awaitHeading("No lesson is given now")
	student.inspect("follow-none")
	b.visit(base + "/lessons/answer-now")
	b.press("Begin the lesson")
	b.await(`//*[@class="show-cover"]`)
	student.awaitHeading("An answer now, a result later")
	b.await(`//*[contains(@class, "show-head")]//a[starts-with(normalize-space(.), "Join:")]`)
	b.onward(" ")
	b.far("lesson-with-class")
	student.await(`//h2[contains(., "What does the answer say?")]`)
	student.inspect("follow-asked")
	b.onward(" ")
	student.await(`//*[@class="follow-caption"][contains(., "The answer is there at once.")]`)
	student.inspect("follow")
	b.visit(base + "/class")
	b.pressTo("End the class")
	student.visit(base + "/join")
	student.awaitHeading("Join the class")
}

// Everything works without script, but for following by itself.
func TestClass_WithoutScript(t *testing.T) {
	t.Parallel()
	base := classroom(t)
	b, student := open(t), phone(t).withoutScript()
	b.visit(base + "/class")
	student.visit(base + "/join")
	student.fill("code", b.code())
	student.press("Join")
	student.await(`//h2[.="Your orders"]`)
	student.click(byXPath(`//button[contains(., "A bowl")]`))
	student.await(`//form//input[@name="number"]`)
	b = b.withoutScript()
	b.visit(base + "/class/wall")
	b.await(`//*[contains(@class, "wall-tile")]//*[.="Created"]`)
	b.inspect("noscript-wall")
	b.visit(base + "/lessons/silence")
	b.press("Begin the lesson")
	b.await(`//*[@class="show-cover"]`)
	b.press("Next")
	b.await(`//*[@class="show-say"]//*[contains(., "reserves the last mug")]`)
	b.press("Next")
	b.press("Ask")
	b.await(`//*[@class="show-ask"]`)
	b.press("Answer")
	b.await(`//*[@class="show-answer"]`)
	b.inspect("noscript-lesson")
	b.press("Back")
	b.await(`//*[@class="show-say"]//*[contains(., "closes the window")]`)
	student.visit(base + "/join/follow")
	student.await(`//*[@class="follow-caption"][contains(., "closes the window")]`)
}
