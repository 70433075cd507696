// Listens to a merchant's events over WebSocket and prints a line for each: its type, the payment's id
// and the event's id. See main.go for the environment; needs the npm package ws.
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

let last // a real program keeps it, and goes on there after a restart

async function listen() {
  waitFor({ what: `an answer of ${base}`, hint: 'start a processor, or name another in SANDBANK_URL', brief: true })
  const socket = new WebSocket(`${base.replace('http', 'ws')}/v1/events/ws${last ? `?after=${last}` : ''}`, 'sandbank.events.v1', {
    headers: { Authorization: `Bearer ${await token()}` },
  })
  socket.on('message', (frame) => {
    const event = JSON.parse(frame)
    if (!event.type.includes('.')) { // ready, or reset where the place is unknown
      last = event.last_sequence
      console.error('listening:', String(frame))
      return waitFor({ what: 'an event', hint: 'make a payment, for example with: go run ./cmd/merchant load -n 1' })
    }
    last = event.id
    heard()
    console.log(event.type, event.data.id, event.id)
    if (once && final.includes(event.type)) {
      socket.removeAllListeners('close')
      socket.close()
    }
  })
  socket.on('error', (error) => console.error(error.message))
  socket.on('close', (code, why) => {
    console.error('connecting again:', code, String(why))
    again()
  })
}

const again = () => setTimeout(() => listen().catch(failed), 2000)

function failed(error) {
  console.error('connecting again:', error.cause?.message ?? error.message)
  again()
}

await listen().catch(failed)
