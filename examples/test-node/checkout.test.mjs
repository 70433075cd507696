// A test of a checkout in Node, with nothing but node:test:
//
//   go build -o processor ./cmd/processor
//   SANDBANK_PROCESSOR=./processor node --test examples/test-node/*.test.mjs
//
// The code under test would be your shop's. Here it is a receiver of webhooks that verifies what it gets.
import assert from 'node:assert/strict'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'

import { start } from './sandbank.mjs'

let sandbank, shop, endpoint
const told = []

// The signature of Standard Webhooks: HMAC-SHA256 of id, timestamp and body.
function signed(headers, body) {
  const key = Buffer.from(endpoint.secret.replace('whsec_', ''), 'base64')
  const want = createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest()
  return headers['webhook-signature'].split(' ').some((one) => {
    const [version, value] = one.split(',')
    const got = Buffer.from(value, 'base64')
    return version === 'v1' && got.length === want.length && timingSafeEqual(got, want)
  })
}

before(async () => {
  sandbank = await start()
  await sandbank.freeze()
  shop = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    if (!endpoint || !signed(request.headers, body)) return response.writeHead(401).end()
    told.push(JSON.parse(body))
    response.writeHead(204).end()
  })
  await new Promise((listening) => shop.listen(0, '127.0.0.1', listening))
  endpoint = await sandbank.webhooks(`http://127.0.0.1:${shop.address().port}/webhooks`)
})

beforeEach(() => (told.length = 0))

after(async () => {
  await sandbank?.stop()
  shop?.close()
  shop?.closeAllConnections()
})

const types = (id) => told.filter((event) => event.data.id === id).map((event) => event.type)

test('a paid order is captured, and the shop is told once', async () => {
  const { id } = await sandbank.create()
  await sandbank.customer(id, { action: 'pay', card: '4242424242424242' })
  await sandbank.advance('10s')
  const payment = await sandbank.payment(id)
  assert.equal(payment.status, 'captured')
  assert.deepEqual(types(id).filter((type) => type === 'payment.captured'), ['payment.captured'])
})

test('a declined customer may try another card', async () => {
  const { id } = await sandbank.create()
  await sandbank.customer(id, { action: 'pay', card: '4000000000009995' })
  await sandbank.advance('10s')
  const declined = await sandbank.payment(id)
  assert.equal(declined.status, 'created')
  assert.equal(declined.reason.code, 'insufficient_funds')
  await sandbank.customer(id, { action: 'retry', card: '4242424242424242' })
  await sandbank.advance('10s')
  assert.equal((await sandbank.payment(id)).status, 'captured')
})

test('nobody is told of a customer who walks away', async () => {
  const { id } = await sandbank.create({ expires_in_seconds: 900 })
  await sandbank.advance('16m')
  assert.equal((await sandbank.payment(id)).status, 'abandoned')
  assert.deepEqual(types(id), [])
})
