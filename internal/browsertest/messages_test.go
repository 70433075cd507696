package browsertest

import (
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

// TestMessages_ChangeWhileThePageIsOpen has somebody's queue come, fill and go, and sees it in a page that is not
// loaded anew.
func TestMessages_ChangeWhileThePageIsOpen(t *testing.T) {
	t.Parallel()
	const queue = "somebodys.queue"
	h := sharedHouse(t)
	b := open(t)
	b.visit(h.Base() + "/messages")
	ask[bool](b, `window.sameDocument = true`)
	conn, err := amqp.Dial("amqp://guest:guest@" + h.amqp + "/")
	must(t, err)
	defer conn.Close()
	channel, err := conn.Channel()
	must(t, err)
	_, err = channel.QueueDeclare(queue, false, true, false, false, nil)
	must(t, err)
	for range 2 {
		must(t, channel.PublishWithContext(t.Context(), "", queue, false, false, amqp.Publishing{Body: []byte("{}")}))
	}
	row := `[...document.querySelectorAll(".queues tr")].find((r) => r.textContent.includes("` + queue + `"))`
	b.awaitTrue(row + `?.cells[2].textContent === "2" && window.sameDocument`)
	_, err = channel.QueueDelete(queue, false, false, false)
	must(t, err)
	b.awaitTrue("!" + row + " && window.sameDocument")
}
