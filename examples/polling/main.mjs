// Asks for a merchant's events again and again, each time waiting up to half a minute for the next one,
// and prints a line for each: its type, the payment's id and the event's id. See main.go for the environment.

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
let bearer = await token()
let after = 0 // a real program keeps it, and goes on there after a restart
console.error('listening')
waitFor({ what: 'an event', hint: 'make a payment, for example with: go run ./cmd/merchant load -n 1' })
for (let done = false; !done; ) {
  // The answer comes with the next event, or after half a minute.
  const answer = await fetch(`${base}/v1/events?after=${after}`, { headers: { Authorization: `Bearer ${bearer}`, Prefer: 'wait=30' } })
  if (answer.status === 401) {
    bearer = await token()
    continue
  }
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  const page = await answer.json()
  for (const event of page.data) {
    console.log(event.type, event.data.id, event.id)
    heard()
    if (once && final.includes(event.type)) {
      done = true
      break
    }
  }
  after = page.next_after
}
