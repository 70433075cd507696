// A first test of a Sandbank that runs as a service of a CI job: it answers at SANDBANK_URL, and a payment can
// be made and paid. It waits for the result over the API, since others may use its clock.
import assert from 'node:assert/strict'
import { test } from 'node:test'

const base = process.env.SANDBANK_URL ?? 'http://127.0.0.1:8080'

async function ask(method, path, headers, body) {
  const answer = await fetch(base + path, { method, headers, body })
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`)
  return answer.json()
}

test('a payment is captured', async () => {
  const grant = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'demo-shop', client_secret: 'demo-shop-secret' })
  const { access_token } = await ask('POST', '/oauth/token', {}, grant)
  const headers = { Authorization: `Bearer ${access_token}`, 'Content-Type': 'application/json' }
  let payment = await ask('POST', '/v1/payments', headers, JSON.stringify({
    amount: { value: '19.99', currency: 'EUR' }, bank: 'SANDNL2A', reference: 'ci', return_url: 'https://shop.example/orders/ci',
    simulate: { customer: [{ action: 'pay', card: '4242424242424242' }] },
  }))
  for (let tries = 0; payment.status !== 'captured' && tries < 10; tries++) {
    payment = await ask('GET', `/v1/payments/${payment.id}`, { ...headers, Prefer: 'wait=30' })
  }
  assert.equal(payment.status, 'captured')
})
