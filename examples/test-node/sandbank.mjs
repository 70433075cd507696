// A Sandbank for tests: one of their own, which starts in a moment and ends with them, or the one at
// SANDBANK_URL, such as a service of a CI job. See checkout.test.mjs for its use.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const shop = { id: 'demo-shop', secret: 'demo-shop-secret' }
const operator = { id: 'demo-operator', secret: 'demo-operator-secret' }

export async function start() {
  if (process.env.SANDBANK_URL) return new Sandbank({ url: process.env.SANDBANK_URL, urls: {}, clients: [shop, operator] })
  // The processor writes one line of JSON to the fourth descriptor as soon as it is ready.
  const program = process.env.SANDBANK_PROCESSOR ?? 'processor'
  const child = spawn(program, ['--addr', '127.0.0.1:0', '--amqp-addr', '127.0.0.1:0', '--quiet', '--ready-fd', '3'], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  const line = await Promise.race([
    once(createInterface({ input: child.stdio[3] }), 'line').then(([text]) => text),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${program} ended with ${code} before it was ready`))),
  ])
  return new Sandbank(JSON.parse(line), child)
}

export class Sandbank {
  #tokens = new Map()

  constructor(ready, child) {
    this.ready = ready
    this.child = child
  }

  async token(id) {
    if (!this.#tokens.has(id)) {
      const { secret } = this.ready.clients.find((c) => c.id === id)
      const answer = await fetch(`${this.ready.url}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }),
      })
      if (!answer.ok) throw new Error(`no token for ${id}: ${answer.status} ${await answer.text()}`)
      this.#tokens.set(id, (await answer.json()).access_token)
    }
    return this.#tokens.get(id)
  }

  async ask(who, method, path, body) {
    const headers = { Authorization: `Bearer ${await this.token(who)}`, 'Content-Type': 'application/json' }
    const answer = await fetch(this.ready.url + path, { method, headers, body: body && JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }

  create(more) {
    const payment = { amount: { value: '19.99', currency: 'EUR' }, bank: 'SANDNL2A', reference: 'order-1', return_url: 'https://shop.example/orders/1', ...more }
    return this.ask(shop.id, 'POST', '/v1/payments', payment)
  }

  payment(id) {
    return this.ask(shop.id, 'GET', `/v1/payments/${id}`)
  }

  // What the customer does, without a browser.
  customer(id, act) {
    return this.ask(shop.id, 'POST', `/sim/payments/${id}/customer`, act)
  }

  webhooks(url) {
    return this.ask(shop.id, 'POST', '/v1/webhook-endpoints', { url, events: ['*'] })
  }

  // Simulated time stands still from now on, and goes on by what the test says. The answer comes when all has
  // happened that follows from it, so that a test need not wait.
  freeze() {
    return this.ask(operator.id, 'POST', '/sim/clock', { freeze: true })
  }

  advance(by) {
    return this.ask(operator.id, 'POST', '/sim/clock', { advance: { by } })
  }

  async stop() {
    if (!this.child || this.child.exitCode !== null) return
    this.child.kill('SIGTERM')
    await once(this.child, 'exit')
  }
}
