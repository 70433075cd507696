// A shop with Stripe's own library that keeps every rule of the check list: it verifies the bytes as they came, takes an
// event once, tells completed from paid, asks for sessions of which it heard nothing, and never trusts the success_url.
// Nothing but the address is Sandbank's.
//
//   go run ./cmd/merchant check --dialect stripe --start-command 'PORT=8072 node examples/stripe-shop/main.mjs' …
//
//   PORT                   where the shop listens
//   SANDBANK_STRIPE_URL    where Stripe's API is spoken; http://127.0.0.1:12111 by default
//   STRIPE_SECRET_KEY      sk_test_…
//   STRIPE_WEBHOOK_SECRET  whsec_…, of the endpoint at /webhook
//
// Needs the npm package stripe. Orders are kept in memory.
import { createServer } from 'node:http'
import { randomUUID } from 'node:crypto'
import Stripe from 'stripe'

const at = new URL(process.env.SANDBANK_STRIPE_URL ?? 'http://127.0.0.1:12111')
const stripe = new Stripe(process.env.STRIPE_SECRET_KEY, { host: at.hostname, port: at.port, protocol: at.protocol.replace(':', '') })
const base = `http://127.0.0.1:${process.env.PORT}`

const orders = new Map() // by reference: {session, intent, state, shipments}
const seen = new Set() // ids of events

async function order() {
  const reference = `order-${randomUUID()}`
  orders.set(reference, { state: 'pending', shipments: 0 })
  const session = await stripe.checkout.sessions.create({
    mode: 'payment', client_reference_id: reference, success_url: `${base}/success?session_id={CHECKOUT_SESSION_ID}`, cancel_url: `${base}/`,
    line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 1999, product_data: { name: 'Teapot' } } }],
  }, { idempotencyKey: reference })
  orders.get(reference).session = session.id
  return session
}

// conclude draws the conclusion from a session, whoever told of it. What is paid stays so until the money goes back.
function conclude(session) {
  const found = orders.get(session.client_reference_id)
  if (found?.state !== 'pending') return
  if (session.payment_status === 'paid' && session.amount_total === 1999) {
    Object.assign(found, { state: 'paid', shipments: found.shipments + 1, intent: session.payment_intent })
  } else if (session.status === 'expired') {
    found.state = 'canceled'
  }
}

function goneBack(intent, state) {
  for (const found of orders.values()) if (found.intent === intent) found.state = state
}

function take(event) {
  if (seen.has(event.id)) return
  seen.add(event.id)
  const object = event.data.object
  switch (event.type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
    case 'checkout.session.expired':
      return conclude(object)
    case 'checkout.session.async_payment_failed':
      return conclude({ ...object, payment_status: 'unpaid', status: 'expired' })
    case 'charge.refunded':
      return object.refunded && goneBack(object.payment_intent, 'refunded')
    case 'charge.dispute.created':
      return goneBack(object.payment_intent, 'disputed')
  }
}

// ask retrieves the sessions of open orders: a webhook may be lost, or nobody may have been there to take it. An order
// of which nobody can be asked stays open.
async function ask() {
  for (const found of orders.values()) {
    if (found.state === 'pending' && found.session) await stripe.checkout.sessions.retrieve(found.session).then(conclude, () => {})
  }
  setTimeout(ask, 500).unref()
}
ask()

const server = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const { pathname } = new URL(request.url, base)
  const [, first, reference] = pathname.split('/')
  const answer = (status, body) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  if (request.method === 'POST' && pathname === '/webhook') {
    let event
    try {
      event = stripe.webhooks.constructEvent(Buffer.concat(chunks), request.headers['stripe-signature'], process.env.STRIPE_WEBHOOK_SECRET)
    } catch (error) {
      return answer(400, { error: error.message })
    }
    take(event)
    return answer(200, {})
  }
  if (request.method === 'POST' && pathname === '/orders') {
    return order().then((session) => response.writeHead(303, { Location: session.url }).end(), (error) => answer(502, { error: error.message }))
  }
  if (first === 'orders' && orders.has(reference)) {
    const { state, shipments } = orders.get(reference)
    return answer(200, { state, shipments })
  }
  answer(pathname === '/success' ? 200 : 404, { says: 'Thank you. You hear from us when your payment is here.' })
})
server.listen(process.env.PORT, '127.0.0.1')
process.on('SIGTERM', () => process.exit())
