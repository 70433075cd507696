// Subscribes to a merchant's events over GraphQL, by WebSocket or, with --sse, by server-sent events,
// and prints a line for each: its type, the payment's id and the event's id. See main.go for the
// environment; needs the npm packages graphql, graphql-ws, graphql-sse and ws.
import { createClient as overSSE } from 'graphql-sse'
import { createClient as overWebSocket } from 'graphql-ws'
import WebSocket from 'ws'
import { heard, waitFor } from '../patience.mjs'

const base = process.env.SANDBANK_URL ?? 'http://127.0.0.1:8080'
const once = process.argv.includes('--once')
const final = ['payment.captured', 'payment.declined', 'payment.failed', 'payment.canceled']

// An access token is good for 15 minutes.
async function token() {
  const answer = await fetch(`${base}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: process.env.SANDBANK_CLIENT_ID ?? 'demo-shop',
      client_secret: process.env.SANDBANK_CLIENT_SECRET ?? 'demo-shop-secret',
    }),
  })
  if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`)
  return (await answer.json()).access_token
}

waitFor({ what: `an answer of ${base}`, hint: 'start a processor, or name another in SANDBANK_URL', brief: true })
function listening() {
  console.error('listening')
  waitFor({ what: 'an event', hint: 'make a payment, for example with: go run ./cmd/merchant load -n 1' })
}

const client = process.argv.includes('--sse')
  ? overSSE({
      url: `${base}/graphql`,
      headers: async () => ({ Authorization: `Bearer ${await token()}` }), // asked for at each connect
      on: { connected: listening },
    })
  : overWebSocket({
      url: `${base.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: async () => ({ authorization: `Bearer ${await token()}` }), // as well
      on: { connected: listening },
    })

// Where the client connects again, these go along: it goes on after the last event.
const variables = {}
const query = 'subscription ($after: ID) { events(after: $after) { id type payment { id } } }'
for await (const { data, errors } of client.iterate({ query, variables })) {
  if (errors) throw new Error(JSON.stringify(errors))
  const event = data.events
  variables.after = event.id
  heard()
  console.log(event.type, event.payment.id, event.id)
  if (once && final.includes(event.type)) break
}
await client.dispose()
