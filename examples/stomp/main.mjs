// Listens to a merchant's events over STOMP and prints a line for each: its type, the payment's id and the
// event's id. See main.go for what it needs and for the environment; needs the npm package stompit.
import stompit from 'stompit'
import { promisify } from 'node:util'
import { heard, waitFor } from '../patience.mjs'

const merchant = process.env.SANDBANK_CLIENT_ID ?? 'demo-shop'
const [host, port] = (process.env.SANDBANK_STOMP_ADDR ?? '127.0.0.1:61613').split(':')
const once = process.argv.includes('--once')
const final = ['payment.captured', 'payment.declined', 'payment.failed', 'payment.canceled']

waitFor({ what: 'an answer of the broker', hint: 'start RabbitMQ with its STOMP plugin, or name another in SANDBANK_STOMP_ADDR', brief: true })
const client = await promisify(stompit.connect)({
  host,
  port,
  connectHeaders: { host: '/', login: merchant, passcode: process.env.SANDBANK_CLIENT_SECRET ?? 'demo-shop-secret' },
})
client.on('error', (error) => {
  console.error(error.message)
  process.exitCode = 1
})
client.subscribe(
  {
    // Another merchant's is refused.
    destination: `/exchange/payment.events/*.*.${merchant}`,
    // The queue behind the subscription has to have a name with the merchant's prefix. It is durable, so
    // that what happens while this program is away is there when it is back.
    'x-queue-name': `merchant.${merchant}.example-stomp-node`,
    durable: true,
    'auto-delete': false,
    ack: 'client-individual',
  },
  async (error, message) => {
    if (error) return // told to the client above
    const event = JSON.parse(await promisify(message.readString.bind(message))('utf-8'))
    heard()
    console.log(event.type, event.data.id, event.id)
    client.ack(message) // an event may come twice: a shop remembers the ids it has dealt with
    if (once && final.includes(event.type)) client.disconnect()
  },
)
console.error('listening')
waitFor({ what: `an event of ${merchant}`, hint: 'make a payment, for example with: go run ./cmd/merchant load -n 1' })
