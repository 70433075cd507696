package docs

import (
	"strings"

	"sandbank/event/feed"
)

// StreamsView explains how to listen.
type StreamsView struct {
	Frame
	Each, All int // streams

	Token, SSE, Blocks, WebSocket, Query, Subscribe, Live, Events, Poll string
}

func streams(base string) StreamsView {
	const bearer = ` -H "Authorization: Bearer $TOKEN"`
	return StreamsView{
		Frame: Frame{Section: "streams"}, Each: feed.SeatsPerMerchant, All: feed.SeatsInAll,
		Token: `TOKEN=$(curl -s -u demo-shop:demo-shop-secret -d grant_type=client_credentials ` + base +
			`/oauth/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')`,
		SSE: `curl -N` + bearer + ` ` + base + `/v1/events/stream`,
		Blocks: "retry: 2000\nid: 11\nevent: ready\ndata: {\"type\":\"ready\",\"last_sequence\":11}\n\n" +
			"id: " + exampleEvent().ID + "\ndata: " + string(exampleEvent().Body()) + "\n\n: still here",
		WebSocket: `websocat --protocol sandbank.events.v1` + bearer + ` ` + strings.Replace(base, "http", "ws", 1) + `/v1/events/ws`,
		Query: `curl -s` + bearer + ` -H 'Content-Type: application/json' ` + base + `/graphql \
  -d '{"query": "{ payments(limit: 3, filter: {status: captured}) { data { id reference amount { value currency } lastAttempt { brand last4 } } } }"}'`,
		Subscribe: `curl -sN` + bearer + ` -H 'Content-Type: application/json' -H 'Accept: text/event-stream' ` + base + `/graphql \
  -d '{"query": "subscription { events { type payment { id status } } }"}'`,
		Live: `subscription ($id: ID!) {
  payment(id: $id) { status reason { message } attemptsLeft }
}`,
		Events: `subscription ($after: ID) {
  events(after: $after, types: ["payment.captured", "payment.declined"]) { id sequence type payment { id reference } body }
}`,
		Poll: `curl -s` + bearer + ` -H 'Prefer: wait=30' '` + base + `/v1/events?after=0&types=payment.captured'`,
	}
}
