// Registers itself as a webhook endpoint, verifies what comes and prints a line for each event: its type, the
// payment's id and the event's id. See main.go for the environment; needs the npm package standardwebhooks.
import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { heard, waitFor } from '../patience.mjs'

const base = process.env.SANDBANK_URL ?? 'http://127.0.0.1:8080'
const id = process.env.SANDBANK_CLIENT_ID ?? 'demo-shop'
const secret = process.env.SANDBANK_CLIENT_SECRET ?? 'demo-shop-secret'
const once = process.argv.includes('--once')
const final = ['payment.captured', 'payment.declined', 'payment.failed', 'payment.canceled']

async function ask(path, request) {
  const answer = await fetch(base + path, { method: 'POST', ...request })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

let verifier
const server = createServer(async (request, response) => {
  // The signature is over the bytes as they came: read them before anything parses them.
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  let event
  try {
    event = verifier.verify(Buffer.concat(chunks).toString(), request.headers)
  } catch (error) {
    response.writeHead(400).end(error.message)
    return
  }
  // An event may come twice, and before one that is older: a shop remembers the ids it has dealt with and
  // goes by the sequence.
  heard()
  console.log(event.type, event.data.id, event.id)
  response.writeHead(204).end() // at once: what takes time is done after
  if (once && final.includes(event.type)) {
    server.close()
    server.closeIdleConnections()
  }
})
server.listen(0, '127.0.0.1', async () => {
  waitFor({ what: `an answer of ${base}`, hint: 'start a processor, or name another in SANDBANK_URL', brief: true })
  const { access_token } = await ask('/oauth/token', {
    headers: { Authorization: 'Basic ' + btoa(encodeURIComponent(id) + ':' + encodeURIComponent(secret)) },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const endpoint = await ask('/v1/webhook-endpoints', {
    headers: { Authorization: 'Bearer ' + access_token, 'Content-Type': 'application/json' },
    body: JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/hooks` }),
  })
  verifier = new Webhook(endpoint.secret)
  console.error('listening')
  waitFor({ what: 'a webhook', hint: 'make a payment, for example with: go run ./cmd/merchant load -n 1' })
})
