// A test in Node that starts Sandbank in a container of its own, with testcontainers and node:test. It needs a
// container engine, and Sandbank's image: docker build -t sandbank . makes it, or SANDBANK_IMAGE names another.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers'

let container: StartedTestContainer
let base: string

before(async () => {
  container = await new GenericContainer(process.env.SANDBANK_IMAGE ?? 'sandbank')
    .withExposedPorts(8080)
    .withEnvironment({ SANDBANK_ADDR: '0.0.0.0:8080', SANDBANK_ALLOW_DEVELOPMENT_CREDENTIALS: 'true', SANDBANK_SIGN_IN: 'never' })
    .withWaitStrategy(Wait.forHttp('/readyz', 8080)) // the image has no shell, which other ways to wait need
    .start()
  base = `http://${container.getHost()}:${container.getMappedPort(8080)}`
})

after(async () => {
  await container?.stop()
})

async function ask<T>(method: string, path: string, headers: Record<string, string>, body?: BodyInit): Promise<T> {
  const answer = await fetch(base + path, { method, headers, body })
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`)
  return (await answer.json()) as T
}

test('a payment is captured', async () => {
  const grant = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'demo-shop', client_secret: 'demo-shop-secret' })
  const { access_token } = await ask<{ access_token: string }>('POST', '/oauth/token', {}, grant)
  const headers = { Authorization: `Bearer ${access_token}`, 'Content-Type': 'application/json' }
  type Payment = { id: string; status: string }
  let payment = await ask<Payment>('POST', '/v1/payments', headers, JSON.stringify({
    amount: { value: '19.99', currency: 'EUR' }, bank: 'SANDNL2A', reference: 'order-1', return_url: 'https://shop.example/orders/1',
    simulate: { customer: [{ action: 'pay', card: '4242424242424242' }] },
  }))
  for (let tries = 0; payment.status !== 'captured' && tries < 10; tries++) {
    payment = await ask<Payment>('GET', `/v1/payments/${payment.id}`, { ...headers, Prefer: 'wait=30' })
  }
  assert.equal(payment.status, 'captured')
})
