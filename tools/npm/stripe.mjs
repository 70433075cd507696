// Walks with Stripe's own library for Node, unmodified, through whole checkouts on the hosted page: webhooks whose signature the
// library checks, refund, captures, dispute, payout and expiry by the clock.
//
//   node stripe.mjs BASE STRIPE_BASE SHOP_KEY OPERATOR_KEY
import assert from 'node:assert/strict'
import Stripe from 'stripe'
import { advance, opened, pays } from './walk.mjs'

const [base, stripeBase, shopKey, operatorKey] = process.argv.slice(2)
const at = new URL(stripeBase)
const where = { host: at.hostname, port: at.port, protocol: at.protocol.replace(':', '') }
const stripe = new Stripe(shopKey, where)
const operator = new Stripe(operatorKey, { ...where, stripeAccount: 'acct_demo-shop' })

let secret
const shop = await opened((body, headers) => stripe.webhooks.constructEvent(body, headers['stripe-signature'], secret))
const heard = (type, id) => shop.heard((e) => e.type === type && [e.data.object.id, e.data.object.payment_intent].includes(id))
const endpoint = await stripe.webhookEndpoints.create({ url: `${shop.url}/hook`, enabled_events: ['*'] })
secret = endpoint.secret

const create = (more) => stripe.checkout.sessions.create({
  mode: 'payment', client_reference_id: 'order-1042', metadata: { order: '1042' },
  line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 1999, product_data: { name: 'Teapot' } } }],
  success_url: 'https://shop.example/done?session_id={CHECKOUT_SESSION_ID}', cancel_url: 'https://shop.example/cart', ...more,
})

// paying makes PaymentIntents until the bank decided about one while the answer waited for it: on a busy machine it may take longer.
const paying = async (order) => {
  for (;;) {
    const intent = await stripe.paymentIntents.create({ currency: 'eur', confirm: true, ...order })
    if (intent.status !== 'processing') return intent
  }
}

const made = await create()
assert.equal(made.status, 'open')
assert.ok(made.url.startsWith(`${base}/pay/`))
await pays(made.url)
assert.equal((await heard('checkout.session.completed', made.id)).data.object.payment_status, 'paid')
const paid = await stripe.checkout.sessions.retrieve(made.id, { expand: ['line_items', 'payment_intent.latest_charge'] })
assert.deepEqual([paid.payment_status, paid.line_items.data[0].description, paid.payment_intent.latest_charge.payment_method_details.card.last4], ['paid', 'Teapot', '4242'])
const intent = paid.payment_intent.id

const refund = await stripe.refunds.create({ payment_intent: intent, amount: 500, reason: 'requested_by_customer' }, { idempotencyKey: `refund-${intent}` })
assert.equal((await stripe.refunds.create({ payment_intent: intent, amount: 500, reason: 'requested_by_customer' }, { idempotencyKey: `refund-${intent}` })).id, refund.id)
assert.equal((await heard('charge.refunded', intent)).data.object.amount_refunded, 500)
assert.equal((await stripe.refunds.retrieve(refund.id)).status, 'succeeded')

await assert.rejects(
  paying({ amount: 700, payment_method: 'pm_card_chargeDeclinedInsufficientFunds' }),
  (e) => { assert.deepEqual([e.constructor.name, e.statusCode, e.code, e.decline_code], ['StripeCardError', 402, 'card_declined', 'insufficient_funds']); return true },
)
await assert.rejects(stripe.paymentIntents.retrieve('pi_nothing'), (e) => e.constructor.name === 'StripeInvalidRequestError' && e.code === 'resource_missing')

const held = await paying({ amount: 1000, payment_method: 'pm_card_visa', capture_method: 'manual' })
assert.equal(held.status, 'requires_capture')
await stripe.paymentIntents.capture(held.id, { amount_to_capture: 400 })
await heard('payment_intent.succeeded', held.id)
assert.equal((await stripe.paymentIntents.retrieve(held.id)).amount_received, 400)

const challenged = await paying({ amount: 900, payment_method: 'pm_card_threeDSecure2Required', return_url: 'https://shop.example/back' })
assert.deepEqual([challenged.status, challenged.next_action.type], ['requires_action', 'redirect_to_url'])
assert.equal((await stripe.paymentIntents.cancel(challenged.id)).status, 'canceled')

const disputed = await create()
await pays(disputed.url, '4000000000000259')
const charge = (await heard('checkout.session.completed', disputed.id)).data.object.payment_intent
await advance(base, '1m')
const dispute = (await heard('charge.dispute.created', charge)).data.object
await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' } })
await advance(base, '1m')
assert.ok(['won', 'lost'].includes((await heard('charge.dispute.closed', charge)).data.object.status))

const left = await create()
await advance(base, '25h')
await heard('checkout.session.expired', left.id)
assert.equal((await stripe.checkout.sessions.retrieve(left.id)).status, 'expired')

await advance(base, '36h') // by which the banks have settled
const [settled] = await operator.payouts.create({ amount: 1, currency: 'eur' }).then(() => [], (e) => e.message.match(/(\d+) in minor units/).slice(1))
const payout = await operator.payouts.create({ amount: Number(settled), currency: 'eur' })
assert.equal(payout.status, 'in_transit')
await advance(base, '72h')
assert.deepEqual([(await stripe.payouts.retrieve(payout.id)).status, (await stripe.balance.retrieve()).object], ['paid', 'balance'])

const seen = []
for await (const i of stripe.paymentIntents.list({ limit: 2 })) seen.push(i.id)
assert.ok(seen.length > 3 && seen.includes(intent) && new Set(seen).size === seen.length)
assert.ok((await stripe.paymentIntents.search({ query: 'amount:1999' })).data.some((i) => i.id === intent))
await stripe.webhookEndpoints.del(endpoint.id)
shop.close()
console.log('walked with stripe', Stripe.PACKAGE_VERSION)
