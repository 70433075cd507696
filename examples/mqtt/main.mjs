// Listens to a merchant's events over MQTT and prints a line for each: its type, the payment's id and the
// event's id. See main.go for what it needs and for the environment; needs the npm package mqtt.
import mqtt from 'mqtt'
import { heard, waitFor } from '../patience.mjs'

const merchant = process.env.SANDBANK_CLIENT_ID ?? 'demo-shop'
const once = process.argv.includes('--once')
const final = ['payment.captured', 'payment.declined', 'payment.failed', 'payment.canceled']

waitFor({ what: 'an answer of the broker', hint: 'start RabbitMQ with its MQTT plugin, or name another in SANDBANK_MQTT_URL', brief: true })
const client = await mqtt.connectAsync(process.env.SANDBANK_MQTT_URL ?? 'mqtt://127.0.0.1:1883', {
  username: merchant,
  password: process.env.SANDBANK_CLIENT_SECRET ?? 'demo-shop-secret',
  // The client's id has to begin with the merchant's and a dot. The session is kept, so that what happens
  // while this program is away is there when it is back.
  clientId: `${merchant}.example-node`,
  clean: false,
})
client.on('message', async (_topic, payload) => {
  const event = JSON.parse(payload.toString())
  heard()
  console.log(event.type, event.data.id, event.id) // may come twice: a shop remembers the ids
  if (once && final.includes(event.type)) await client.endAsync()
})
// The routing key with slashes: payment/captured/demo-shop. Another merchant's is refused.
await client.subscribeAsync(`+/+/${merchant}`, { qos: 1 })
console.error('listening')
waitFor({ what: `an event of ${merchant}`, hint: 'make a payment, for example with: go run ./cmd/merchant load -n 1' })
