// A shop with Stripe's own library, as its quickstart has it; nothing but the address is Sandbank's. It makes a Checkout
// Session, prints where the customer pays, fulfils the order once when the webhook says so, and gives the money back.
//
//   SANDBANK_STRIPE_URL   where a processor speaks Stripe's API; http://127.0.0.1:12111 by default
//   STRIPE_SECRET_KEY     sk_test_…, as the processor prints it at its start
//
// Needs the npm package stripe.
import { createServer } from 'node:http'
import Stripe from 'stripe'
import { heard, waitFor } from '../patience.mjs'

const at = new URL(process.env.SANDBANK_STRIPE_URL ?? 'http://127.0.0.1:12111')
const stripe = new Stripe(process.env.STRIPE_SECRET_KEY, { host: at.hostname, port: at.port, protocol: at.protocol.replace(':', '') })

const order = { id: 'order-1042', name: 'Teapot', amount: 1999, fulfilled: false }
let endpointSecret

// fulfil is called as often as a webhook comes, and does its work once.
async function fulfil(sessionId) {
  const session = await stripe.checkout.sessions.retrieve(sessionId, { expand: ['line_items', 'payment_intent'] })
  if (session.payment_status !== 'paid' || order.fulfilled) return
  order.fulfilled = true
  console.log('fulfilled', session.client_reference_id, session.line_items.data[0].description, session.amount_total, session.currency)
  const refund = await stripe.refunds.create({ payment_intent: session.payment_intent.id, reason: 'requested_by_customer' })
  console.log('refund', refund.status, refund.amount)
}

const server = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  let event
  try {
    event = stripe.webhooks.constructEvent(Buffer.concat(chunks), request.headers['stripe-signature'], endpointSecret)
  } catch (error) {
    response.writeHead(400).end(error.message)
    return
  }
  response.writeHead(200).end()
  heard()
  console.log('event', event.type)
  if (event.type === 'checkout.session.completed' || event.type === 'checkout.session.async_payment_succeeded') {
    await fulfil(event.data.object.id)
  }
  if (event.type === 'charge.refunded') {
    console.log('refunded', event.data.object.amount_refunded)
    server.close()
    server.closeIdleConnections()
  }
})
server.listen(0, '127.0.0.1', async () => {
  waitFor({ what: `an answer of ${at}`, hint: 'start a processor, or name its address in SANDBANK_STRIPE_URL', brief: true })
  const shop = `http://127.0.0.1:${server.address().port}`
  const endpoint = await stripe.webhookEndpoints.create({
    url: `${shop}/webhook`, enabled_events: ['checkout.session.completed', 'checkout.session.async_payment_succeeded', 'charge.refunded'],
  })
  endpointSecret = endpoint.secret
  const session = await stripe.checkout.sessions.create({
    mode: 'payment', client_reference_id: order.id, metadata: { order: order.id },
    line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: order.amount, product_data: { name: order.name } } }],
    success_url: `${shop}/success?session_id={CHECKOUT_SESSION_ID}`, cancel_url: `${shop}/cart`,
  })
  console.log('pay', session.id, session.url)
  waitFor({ what: 'a webhook', hint: 'open the address above and pay with card 4242 4242 4242 4242' })
})
