package amqpd_test

import (
	"context"
	"fmt"
	"log"
	"net"

	amqp "github.com/rabbitmq/amqp091-go"

	"sandbank/broker/amqpd"
)

// A client in the same process connects as it would to RabbitMQ, but for the
// function that opens the socket.
func Example() {
	broker, err := amqpd.New(amqpd.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer broker.Close()

	conn, err := amqp.DialConfig("amqp://guest:guest@in-process/", amqp.Config{
		Dial: func(_, _ string) (net.Conn, error) { return broker.Dial(context.Background()) },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()

	ch, err := conn.Channel()
	if err != nil {
		log.Fatal(err)
	}
	q, err := ch.QueueDeclare("", false, false, true, false, nil)
	if err != nil {
		log.Fatal(err)
	}
	err = ch.PublishWithContext(context.Background(), "", q.Name, true, false, amqp.Publishing{Body: []byte("2 mugs")})
	if err != nil {
		log.Fatal(err)
	}
	d, _, err := ch.Get(q.Name, true)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(d.Body))
	// Output: 2 mugs
}
