package docs

// ChannelsView compares the ways to hear of a payment.
type ChannelsView struct {
	Frame
	Poll, Stream, Socket, Graph, Queue string // commands that one may copy
}

func channels(base string) ChannelsView {
	const bearer = " -H \"Authorization: Bearer $TOKEN\""
	return ChannelsView{
		Frame:  Frame{Section: "channels"},
		Poll:   "curl -s '" + base + "/v1/events?after=0'" + bearer + " -H 'Prefer: wait=30'",
		Stream: "curl -sN '" + base + "/v1/events/stream?after=0'" + bearer,
		Socket: "npx wscat -c '" + base + "/v1/events/ws?after=0' -s sandbank.events.v1" + bearer,
		Graph: "curl -sN " + base + "/graphql" + bearer + " -H 'Content-Type: application/json' -H 'Accept: text/event-stream' \\\n" +
			"  -d '{\"query\": \"subscription { events(after: 0) { id type body } }\"}'",
		Queue: "go run ./examples/amqp      # or node examples/amqp/main.mjs, mqtt, stomp, kafka",
	}
}
