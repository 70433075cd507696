// Listens to a merchant's events over AMQP 0-9-1 and prints a line for each: its type, the payment's id
// and the event's id. See main.go for the environment; needs the npm package amqplib.
import amqp from 'amqplib'
import { heard, waitFor } from '../patience.mjs'

const merchant = process.env.SANDBANK_CLIENT_ID ?? 'demo-shop'
const url = new URL(process.env.SANDBANK_AMQP_URL ?? 'amqp://127.0.0.1:5672/')
url.username = merchant
url.password = process.env.SANDBANK_CLIENT_SECRET ?? 'demo-shop-secret'
const once = process.argv.includes('--once')
const final = ['payment.captured', 'payment.declined', 'payment.failed', 'payment.canceled']

waitFor({ what: 'an answer of the broker', hint: 'start a processor with --amqp-addr 127.0.0.1:5672, or name another in SANDBANK_AMQP_URL', brief: true })
const connection = await amqp.connect(url.href)
const channel = await connection.createChannel()
// Durable, so that what happens while this program is away is there when it is back. The name has to
// begin with the merchant's prefix.
const { queue } = await channel.assertQueue(`merchant.${merchant}.example-node`, { durable: true })
// Two words for the type of event, then the merchant. Another merchant's is refused.
await channel.bindQueue(queue, 'payment.events', `*.*.${merchant}`)
await channel.consume(queue, async (message) => {
  const event = JSON.parse(message.content.toString())
  heard()
  console.log(event.type, event.data.id, event.id)
  channel.ack(message) // an event may come twice: a shop remembers the ids it has dealt with
  if (once && final.includes(event.type)) {
    await channel.close()
    await connection.close()
  }
})
console.error('listening')
waitFor({ what: `an event of ${merchant}`, hint: 'make a payment, for example with: go run ./cmd/merchant load -n 1' })
