// Listens to a merchant's events over server-sent events and prints a line for each: its type, the
// payment's id and the event's id. See main.go for the environment; needs the npm package eventsource.
import { EventSource } from 'eventsource'
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

// It connects again by itself, with Last-Event-ID, and each time with a fresh token.
waitFor({ what: `an answer of ${base}`, hint: 'start a processor, or name another in SANDBANK_URL', brief: true })
const stream = new EventSource(`${base}/v1/events/stream`, {
  fetch: async (url, init) => fetch(url, { ...init, headers: { ...init.headers, Authorization: `Bearer ${await token()}` } }),
})
stream.onmessage = ({ data }) => {
  const event = JSON.parse(data)
  heard()
  console.log(event.type, event.data.id, event.id)
  if (once && final.includes(event.type)) stream.close()
}
stream.addEventListener('ready', ({ data }) => {
  console.error('listening:', data)
  waitFor({ what: 'an event', hint: 'make a payment, for example with: go run ./cmd/merchant load -n 1' })
})
stream.addEventListener('reset', ({ data }) => console.error('the place is unknown, read /v1/events:', data))
stream.onerror = (error) => {
  console.error(error.message ?? 'the stream ended')
  waitFor({ what: `an answer of ${base}`, hint: 'start a processor, or name another in SANDBANK_URL', brief: true })
}
