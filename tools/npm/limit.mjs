// Asks with Stripe's own library for Node at a server that allows one request: the next one is an error of the class that the
// library has for that, which it takes from the status alone, whatever type the error has.
//
//   node limit.mjs STRIPE_BASE SHOP_KEY
import assert from 'node:assert/strict'
import Stripe from 'stripe'

const [stripeBase, shopKey] = process.argv.slice(2)
const at = new URL(stripeBase)
const stripe = new Stripe(shopKey, { host: at.hostname, port: at.port, protocol: at.protocol.replace(':', ''), maxNetworkRetries: 0 })
await stripe.balance.retrieve()
await assert.rejects(stripe.balance.retrieve(), (e) => {
  assert.ok(e instanceof Stripe.errors.StripeRateLimitError, String(e))
  assert.deepEqual([e.type, e.rawType, e.code, e.statusCode], ['StripeRateLimitError', 'invalid_request_error', 'rate_limit', 429])
  assert.equal(e.headers['retry-after'], '100')
  return true
})
console.log('was refused')
