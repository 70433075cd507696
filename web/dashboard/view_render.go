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
func RenderRow(w io.Writer, v Row) error { return renderLine(w, "list", "row", v) }

// RenderEvent writes one event of the list likewise.
func RenderEvent(w io.Writer, v Event) error { return renderLine(w, "events", "row", v) }

func renderLine(w io.Writer, page, part string, v any) error {
	var out strings.Builder
	if err := pages().Fragment(&out, page, part, v); err != nil {
		return err
	}
	// A line break means no more to HTML than a space, and a great deal to a stream.
	_, err := io.WriteString(w, strings.TrimSpace(strings.NewReplacer("\r", " ", "\n", " ").Replace(out.String())))
	return err
}

// RenderHead writes the parts of the head that change while a page is open.
func RenderHead(w io.Writer, f Frame) error { return pages().Fragment(w, "notice", "head-parts", f) }

// RenderTiles writes the counts above the list of payments, which change likewise.
func RenderTiles(w io.Writer, tiles []Tile) error {
	return pages().Fragment(w, "list", "glance", tiles)
}

// RenderPayment writes one payment and all that happened to it.
func RenderPayment(w io.Writer, v PaymentView) error { return pages().Render(w, "payment", v) }

// RenderHop writes one hop of a payment with what it carried.
func RenderHop(w io.Writer, v HopView) error { return pages().Render(w, "hop", v) }

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

// RenderMessages writes where messages are on their way.
func RenderMessages(w io.Writer, v MessagesView) error { return pages().Render(w, "messages", v) }

// RenderFaults writes what goes wrong on purpose.
func RenderFaults(w io.Writer, v FaultsView) error { return pages().Render(w, "faults", v) }

// RenderHolds writes what is held on its way on purpose.
func RenderHolds(w io.Writer, v HoldsView) error { return pages().Render(w, "holds", v) }

// RenderProblem writes the page that the type of a problem detail links to.
func RenderProblem(w io.Writer, v ProblemView) error { return pages().Render(w, "problem", v) }

// RenderProblems writes the list of error codes.
func RenderProblems(w io.Writer, v ProblemsView) error { return pages().Render(w, "problems", v) }

// RenderScenarios writes the library of scenarios.
func RenderScenarios(w io.Writer, v ScenariosView) error { return pages().Render(w, "scenarios", v) }

// RenderScenario writes one scenario to be read.
func RenderScenario(w io.Writer, v ScenarioView) error { return pages().Render(w, "scenario", v) }

// RenderOpen writes the form for a file of one's own.
func RenderOpen(w io.Writer, v OpenView) error { return pages().Render(w, "open", v) }

// RenderRun writes how scenarios run, or ran.
func RenderRun(w io.Writer, v RunView) error { return pages().Render(w, "run", v) }

// RenderLessons writes the list of lessons.
func RenderLessons(w io.Writer, v LessonsView) error { return pages().Render(w, "lessons", v) }

// RenderCover writes what a lesson is about, before it begins.
func RenderCover(w io.Writer, v CoverView) error { return pages().Render(w, "lesson", v) }

// RenderPresent writes a lesson as a class sees it.
func RenderPresent(w io.Writer, v PresentView) error { return pages().Render(w, "present", v) }

// RenderNotes writes the speaker's window of a lesson.
func RenderNotes(w io.Writer, v PresentView) error { return pages().Render(w, "notes", v) }

// RenderClass writes how to join the class.
func RenderClass(w io.Writer, v ClassView) error { return pages().Render(w, "class", v) }

// RenderWall writes all students' payments.
func RenderWall(w io.Writer, v WallView) error { return pages().Render(w, "wall", v) }

// RenderNotice writes a page that stands in for one that cannot be shown.
func RenderNotice(w io.Writer, v NoticeView) error { return pages().Render(w, "notice", v) }

// RenderHooks writes the webhook endpoints.
func RenderHooks(w io.Writer, v HooksView) error { return pages().Render(w, "hooks", v) }

// RenderHook writes one webhook endpoint and its deliveries.
func RenderHook(w io.Writer, v HookView) error { return pages().Render(w, "hook", v) }

// RenderDelivery writes one delivery and its tries.
func RenderDelivery(w io.Writer, v DeliveryView) error { return pages().Render(w, "delivery", v) }
