// A day in a moment, with Stripe's own library: a Checkout Session that nobody pays expires, since a test clock is advanced
// by 25 hours. The test clock is the simulator's clock, so it takes the key of somebody who may steer that.
//
//   SANDBANK_STRIPE_URL   where a processor speaks Stripe's API; http://127.0.0.1:12111 by default
//   STRIPE_SECRET_KEY     sk_test_… of a shop, as the processor prints it at its start
//   STRIPE_OPERATOR_KEY   sk_test_… of an operator or an administrator, likewise
//
// Needs the npm package stripe.
import Stripe from 'stripe'
import { waitFor } from '../patience.mjs'

const at = new URL(process.env.SANDBANK_STRIPE_URL ?? 'http://127.0.0.1:12111')
const where = { host: at.hostname, port: at.port, protocol: at.protocol.replace(':', '') }
const shop = new Stripe(process.env.STRIPE_SECRET_KEY, where)
const clocks = new Stripe(process.env.STRIPE_OPERATOR_KEY, where).testHelpers.testClocks

waitFor({ what: `an answer of ${at}`, hint: 'start a processor, or name its address in SANDBANK_STRIPE_URL', brief: true })
let clock = await clocks.create({ frozen_time: Math.floor(Date.now() / 1000), name: 'a day later' })
const session = await shop.checkout.sessions.create({
  mode: 'payment', success_url: 'https://shop.example/success', cancel_url: 'https://shop.example/cart',
  line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 1999, product_data: { name: 'Teapot' } } }],
})
console.log('session', session.status)

waitFor({ what: 'a day to pass', hint: 'GET /sim/clock says where time stands' })
const began = clock.frozen_time
clock = await clocks.advance(clock.id, { frozen_time: began + 25 * 3600 })
while (clock.status === 'advancing') clock = await clocks.retrieve(clock.id)
console.log('clock', clock.status, clock.frozen_time - began)
console.log('session', (await shop.checkout.sessions.retrieve(session.id)).status)

const listed = []
for await (const one of clocks.list()) listed.push(one.id)
const { deleted } = await clocks.del(clock.id)
console.log('clocks', listed.length, 'deleted', deleted)
try {
  await shop.testHelpers.testClocks.create({ frozen_time: clock.frozen_time })
} catch (error) {
  console.log('refused', error.constructor.name, error.statusCode)
}
waitFor()
