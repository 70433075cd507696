package hostedpage

import (
	"embed"
	"io"
	"sync"

	"sandbank/web/look"
)

//go:embed templates
var templates embed.FS

var pages = sync.OnceValue(func() *look.Set { return look.MustParse(templates) })

// RenderDetails writes the form for card or account details.
func RenderDetails(w io.Writer, v DetailsView) error { return pages().Render(w, "details", v) }

// RenderReview writes the last look before paying.
func RenderReview(w io.Writer, v ReviewView) error { return pages().Render(w, "review", v) }

// RenderWaiting writes the page that waits for the bank.
func RenderWaiting(w io.Writer, v WaitingView) error { return pages().Render(w, "waiting", v) }

// RenderAction writes the page that sends the customer to the bank's own.
func RenderAction(w io.Writer, v ActionView) error { return pages().Render(w, "action", v) }

// RenderOutcome writes the end of a checkout.
func RenderOutcome(w io.Writer, v OutcomeView) error { return pages().Render(w, "outcome", v) }

// RenderProblem writes a page that stands in for one that cannot be shown.
func RenderProblem(w io.Writer, v ProblemView) error { return pages().Render(w, "problem", v) }

// RenderNotFound writes the page of an address without a payment. It does not
// tell an unknown payment from a malformed address.
func RenderNotFound(w io.Writer) error {
	return RenderProblem(w, ProblemView{
		Title: "This payment link does not work",
		Text:  "The address may be incomplete, or the payment may belong to an earlier run of the simulator. Go back to the shop and start again from there.",
	})
}
