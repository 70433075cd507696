package browsertest

import (
	"testing"
)

// A scenario is found in the library, read, run, and looked at, with the keyboard alone where it matters.
func TestScenarios_ReadAndRun(t *testing.T) {
	t.Parallel()
	h := ownHouse(t, "--seed", "7")
	b := open(t)
	b.visit(h.Base() + "/scenarios")
	b.await(`//a[.="Abandoned in silence"]`)
	b.inspect("scenarios")
	b.press("The bank asks the customer")
	b.await(`//h2[.="Step by step"]`)
	b.inspect("scenario")
	b.click(byXPath(`//button[normalize-space(.)="Run"]`))
	b.await(`//h1/span[.="Held"]`)
	b.awaitTrue(`document.querySelectorAll("main li a").length >= 3`)
	b.inspect("scenario-runs")
	b.click(byCSS("main .run-line a"))
	b.await(`//h2[.="As a sequence"]`)
	b.inspect("scenario-run")
	b.visit(h.Base() + "/scenarios/day")
	b.click(byXPath(`//button[normalize-space(.)="Run"]`))
	b.awaitTrue(`document.querySelector("progress")?.value > 0 || document.querySelector("h1 span").textContent === "Held"`)
	b.awaitTrue(`document.querySelector("h1 span").textContent === "Held" && document.title.startsWith("Held")`)
}

const brokenScenario = `name: Broken
story: A file with mistakes.
steps:
  - crate: {amount: 1.00 EUR}
  - expect: {status: payed}
`

const failingScenario = `name: Hoped for too much
story: The bank declines this card, and somebody expects money.
steps:
  - create: {amount: 19.99 EUR, bank: SANDNL2A, attempts: 1}
    as: order
    story: The shop asks for a payment with one try.
  - customer: {action: pay, card: "4000000000009995"}
    story: The customer pays with a card that has no money.
  - expect: {status: captured, within: 15m}
    story: The money should be there.
`

// A file of one's own comes back with its mistakes, then fails where it should.
func TestScenarios_OpenAFile(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	b := open(t)
	b.visit(h.Base() + "/scenarios/open")
	b.await(`//h1[.="Open a scenario"]`)
	b.inspect("scenario-open")
	b.choose("text", brokenScenario)
	b.expectStatus(422)
	b.press("Read it")
	b.await(`//h2[contains(., "mistake")]`)
	b.inspect("scenario-mistakes")
	b.click(byCSS("a[data-line]"))
	b.awaitTrue(`document.activeElement.id === "text" && document.activeElement.selectionStart === 53`)
	b.choose("text", failingScenario)
	b.press("Read it")
	b.await(`//h1[.="Hoped for too much"]`)
	b.click(byXPath(`//button[normalize-space(.)="Run"]`))
	b.await(`//h1/span[.="Failed"]`)
	b.await(`//dt[.="Seen"]`)
	b.inspect("scenario-failed")
	p := h.pay(t)
	b.visit(h.Base() + "/payments/" + p.ID)
	b.press("Read it as one")
	b.await(`//h2[.="Step by step"]`)
	b.inspect("scenario-exported")
}

func TestScenarios_WithoutScript(t *testing.T) {
	t.Parallel()
	h := sharedHouse(t)
	b := open(t).withoutScript()
	b.visit(h.Base() + "/scenarios/abandoned")
	b.click(byXPath(`//button[normalize-space(.)="Run"]`))
	b.await(`//h1/span[.="Held"]`)
	b.inspect("noscript-scenario-run")
	b.visit(h.Base() + "/scenarios/open")
	b.choose("text", brokenScenario)
	b.expectStatus(422)
	b.press("Read it")
	b.await(`//h2[contains(., "mistake")]`)
}
