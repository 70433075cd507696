// Walks with both of Mollie's own clients, unmodified, through whole checkouts: mollie-api-typescript holds every answer to
// its schemas, and @mollie/api-client speaks HTTPS alone. The customer is at the hosted page; the clock is the house's own.
//
//   node mollie.mjs HTTPS_BASE API_KEY CARD_THAT_IS_DISPUTED
//
// NODE_EXTRA_CA_CERTS names the authority of HTTPS_BASE.
import '../../examples/mollie/trust.mjs'
import assert from 'node:assert/strict'
import { createMollieClient } from '@mollie/api-client'
import { Client } from 'mollie-api-typescript'
import { advance, opened, own, pays, token } from './walk.mjs'

const [base, apiKey, disputedCard] = process.argv.slice(2)
const shop = await opened((body) => new URLSearchParams(body.toString()).get('id'))
const webhookUrl = `${shop.url}/hook`
const called = (id) => shop.heard((about) => about === id)

const order = { amount: { currency: 'EUR', value: '19.99' }, description: 'Teapot', metadata: { order: '1042' }, redirectUrl: 'https://shop.example/orders/1042', webhookUrl }
const part = { currency: 'EUR', value: '5.00' }

const first = async (list) => (await list).result.embedded // of its pages

// Each client in the same words.
const clients = {
  'mollie-api-typescript': async () => {
    const c = new Client({ security: { apiKey }, serverURL: `${base}/mollie` })
    const whole = new Client({ security: { oAuth: `access_${await token(base, 'demo-shop')}` }, serverURL: `${base}/mollie` })
    return {
      create: (more) => c.payments.create({ paymentRequest: { ...order, ...more } }), get: (paymentId) => c.payments.get({ paymentId }), cancel: (paymentId) => c.payments.cancel({ paymentId }),
      update: (paymentId) => c.payments.update({ paymentId, requestBody: { description: 'Cups' } }),
      payments: async () => (await first(c.payments.list({ limit: 2 }))).payments,
      refund: (paymentId) => c.refunds.create({ paymentId, refundRequest: { amount: part, description: 'Broken', metadata: null } }),
      refundOf: (paymentId, refundId) => c.refunds.get({ paymentId, refundId }), refunds: async () => (await first(c.refunds.all({}))).refunds,
      capture: (paymentId) => c.captures.create({ paymentId, entityCapture: { amount: part, description: 'One' } }), captures: async (paymentId) => (await first(c.captures.list({ paymentId }))).captures,
      chargebacks: async (paymentId) => (await first(c.chargebacks.list({ paymentId }))).chargebacks,
      methods: async () => (await c.methods.list({ include: 'issuers' })).embedded.methods, profile: () => c.profiles.getCurrent({}),
      settlements: async () => (await first(whole.settlements.list({}))).settlements,
      settled: async (settlementId) => (await first(whole.settlements.listPayments({ settlementId }))).payments,
      balances: async () => (await first(whole.balances.list({}))).balances,
      moves: async (balanceId) => (await first(whole.balances.listTransactions({ balanceId, limit: 250 }))).balanceTransactions,
      report: (balanceId, grouping) => whole.balances.getReport({ balanceId, from: '2020-01-01', until: '2100-01-01', grouping }),
      release: (paymentId) => c.payments.releaseAuthorization({ paymentId }), checkout: (p) => p.links.checkout.href,
      wrong: (e) => [e.status, e.field],
    }
  },
  '@mollie/api-client': async () => {
    const c = createMollieClient({ apiKey, apiEndpoint: `${base}/mollie/v2/` })
    const whole = createMollieClient({ accessToken: `access_${await token(base, 'demo-shop')}`, apiEndpoint: `${base}/mollie/v2/` })
    return {
      create: (more) => c.payments.create({ ...order, ...more }), get: (id) => c.payments.get(id), cancel: (id) => c.payments.cancel(id), update: (id) => c.payments.update(id, { description: 'Cups' }),
      payments: () => c.payments.page({ limit: 2 }), refund: (paymentId) => c.paymentRefunds.create({ paymentId, amount: part, description: 'Broken' }),
      refundOf: (paymentId, id) => c.paymentRefunds.get(id, { paymentId }), refunds: () => c.refunds.page(),
      capture: (paymentId) => c.paymentCaptures.create({ paymentId, amount: part, description: 'One' }), captures: (paymentId) => c.paymentCaptures.page({ paymentId }),
      chargebacks: (paymentId) => c.paymentChargebacks.page({ paymentId }), methods: () => c.methods.list({ include: 'issuers' }), profile: () => c.profiles.getCurrent(),
      settlements: () => whole.settlements.page(), settled: (settlementId) => whole.settlementPayments.page({ settlementId }), checkout: (p) => p.getCheckoutUrl(),
      wrong: (e) => [e.statusCode, e.field],
    }
  },
}

for (const [name, make] of Object.entries(clients)) {
  const api = await make()
  const made = await api.create()
  assert.equal(made.status, 'open')
  assert.ok(api.checkout(made).startsWith(`${base}/pay/`))
  await pays(api.checkout(made))
  await called(made.id)
  const paid = await api.get(made.id)
  assert.deepEqual([paid.status, paid.method, paid.metadata], ['paid', 'creditcard', { order: '1042' }])
  const refund = await api.refund(made.id)
  await called(made.id)
  assert.equal((await api.refundOf(made.id, refund.id)).status, 'refunded')
  assert.ok((await api.refunds()).some((r) => r.id === refund.id))
  assert.equal((await api.get(made.id)).amountRefunded.value, '5.00')
  assert.equal((await api.update(made.id)).description, 'Cups')

  const held = await api.create({ captureMode: 'manual' })
  await pays(api.checkout(held))
  await called(held.id)
  assert.equal((await api.get(held.id)).status, 'authorized')
  await api.capture(held.id)
  await called(held.id)
  assert.deepEqual((await api.captures(held.id)).map((c) => [c.status, c.amount.value]), [['succeeded', '5.00']])
  await api.cancel(held.id) // what is left

  const stopped = await api.create()
  assert.equal((await api.cancel(stopped.id)).status, 'canceled')
  await called(stopped.id)

  const disputed = await api.create()
  await pays(api.checkout(disputed), disputedCard)
  await called(disputed.id)
  await advance(base, '1h')
  await called(disputed.id)
  const [back] = await api.chargebacks(disputed.id)
  assert.deepEqual([back.amount.value, back.paymentId], ['19.99', disputed.id])

  const left = await api.create()
  await advance(base, '16m')
  await called(left.id)
  assert.equal((await api.get(left.id)).status, 'expired')

  await assert.rejects(api.create({ amount: { currency: 'EUR', value: '0.00' } }), (e) => { assert.deepEqual(api.wrong(e), [422, 'amount']); return true })
  await assert.rejects(api.get('tr_nothing'), (e) => api.wrong(e)[0] === 404)

  assert.ok((await api.methods()).find((m) => m.id === 'ideal').issuers.length > 0)
  assert.equal((await api.profile()).id, 'pfl_demo-shop')
  assert.equal((await api.payments()).length, 2)

  await advance(base, '36h')
  await own(base, 'demo-operator', 'POST', '/v1/payouts')
  await advance(base, '72h')
  const [settlement] = await api.settlements()
  assert.deepEqual([settlement.status, settlement.amount.currency], ['paidout', 'EUR'])
  assert.ok((await api.settled(settlement.id)).length > 0)
  if (api.balances) {
    const [balance] = await api.balances()
    const moves = await api.moves(balance.id)
    const cents = (amount) => Math.round(Number(amount.value) * 100)
    assert.equal(balance.currency, 'EUR')
    assert.equal(moves.reduce((sum, m) => sum + cents(m.resultAmount), 0), cents(balance.pendingAmount))
    assert.deepEqual([...new Set(moves.map((m) => m.type))].sort(), ['capture', 'chargeback', 'outgoing-transfer', 'payment', 'refund'])
    const { totals } = await api.report(balance.id, 'transaction-categories')
    assert.deepEqual(totals.close.pending.amount, balance.pendingAmount)
    for (const [name, types] of Object.entries({ payments: ['capture', 'payment'], refunds: ['refund'], chargebacks: ['chargeback'] })) {
      assert.deepEqual(totals[name].pending.subtotals.map((s) => s.transactionType).sort(), types)
      assert.equal(cents(totals[name].pending.amount), moves.filter((m) => types.includes(m.type)).reduce((sum, m) => sum + cents(m.initialAmount), 0))
    }
    assert.equal(cents(totals.feePrepayments.pending.amount), moves.reduce((sum, m) => sum + cents(m.deductions ?? { value: '0' }), 0))
    assert.equal(-cents(totals.transfers.immediatelyAvailable.amount), cents(settlement.amount))
    const byStatus = (await api.report('primary', undefined)).totals
    assert.deepEqual(byStatus.pendingBalance.close.amount, balance.pendingAmount)
    assert.equal(cents(byStatus.availableBalance.movedFromPending.amount), cents(settlement.amount))
  }
  console.log('walked with', name)
}
shop.close()
