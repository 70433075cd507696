package dashboard

import (
	"embed"
	"io"
	"strings"
	"sync"

	"sandbank/web/look"
)

//go:embed templates
var templates embed.FS

var pages = sync.OnceValue(func() *look.Set { return look.MustParse(templates) })

// RenderList writes the list of payments.
func RenderList(w io.Writer, v ListView) error { return pages().Render(w, "list", v) }

// RenderRow writes one row of the list on a single line, so that it can be the
// data of a server-sent event.
func RenderRow(w io.Writer, v Row) error {
	var out strings.Builder
	if err := pages().Fragment(&out, "list", "row", v); err != nil {
		return err
	}
	// A line break means no more to HTML than a space, and a great deal to a stream.
	_, err := io.WriteString(w, strings.TrimSpace(strings.NewReplacer("\r", " ", "\n", " ").Replace(out.String())))
	return err
}

// RenderPayment writes one payment and all that happened to it.
func RenderPayment(w io.Writer, v PaymentView) error { return pages().Render(w, "payment", v) }

// RenderBanks writes the simulated banks.
func RenderBanks(w io.Writer, v BanksView) error { return pages().Render(w, "banks", v) }

// RenderLedger writes the books.
func RenderLedger(w io.Writer, v LedgerView) error { return pages().Render(w, "ledger", v) }

// RenderSheet writes what is listed in tables: settlements, payouts, disputes,
// statements.
func RenderSheet(w io.Writer, v SheetView) error { return pages().Render(w, "sheet", v) }

// RenderEvents writes the events.
func RenderEvents(w io.Writer, v EventsView) error { return pages().Render(w, "events", v) }

// RenderLetters writes the dead letters.
func RenderLetters(w io.Writer, v LettersView) error { return pages().Render(w, "letters", v) }

// RenderFaults writes what goes wrong on purpose.
func RenderFaults(w io.Writer, v FaultsView) error { return pages().Render(w, "faults", v) }

// RenderProblem writes the page that the type of a problem detail links to.
func RenderProblem(w io.Writer, v ProblemView) error { return pages().Render(w, "problem", v) }

// RenderProblems writes the list of error codes.
func RenderProblems(w io.Writer, v ProblemsView) error { return pages().Render(w, "problems", v) }

// RenderNotice writes a page that stands in for one that cannot be shown.
func RenderNotice(w io.Writer, v NoticeView) error { return pages().Render(w, "notice", v) }

// RenderHooks writes the webhook endpoints.
func RenderHooks(w io.Writer, v HooksView) error { return pages().Render(w, "hooks", v) }

// RenderHook writes one webhook endpoint and its deliveries.
func RenderHook(w io.Writer, v HookView) error { return pages().Render(w, "hook", v) }

// RenderDelivery writes one delivery and its tries.
func RenderDelivery(w io.Writer, v DeliveryView) error { return pages().Render(w, "delivery", v) }
