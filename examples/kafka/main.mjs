// Reads a merchant's events from a topic of Kafka and prints a line for each: its type, the payment's id
// and the event's id. See main.go for what it needs and for the environment; needs the npm package kafkajs.
import { Kafka, logLevel } from 'kafkajs'
import { heard, waitFor } from '../patience.mjs'

const merchant = process.env.SANDBANK_CLIENT_ID ?? 'demo-shop'
const topic = process.env.SANDBANK_KAFKA_TOPIC ?? 'payment.events'
const brokers = (process.env.SANDBANK_KAFKA_BROKERS ?? '127.0.0.1:9092').split(',')
const once = process.argv.includes('--once')
const final = ['payment.captured', 'payment.declined', 'payment.failed', 'payment.canceled']

// A group remembers how far it has read; the first time it begins at the beginning.
const kafka = new Kafka({ clientId: 'example', brokers, logLevel: logLevel.ERROR })
const consumer = kafka.consumer({ groupId: `example-node-${merchant}` })
waitFor({ what: `an answer of ${brokers}`, hint: 'start Kafka, or name another in SANDBANK_KAFKA_BROKERS', brief: true })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
let ended = false
await consumer.run({
  eachMessage: async ({ message }) => {
    if (message.headers.merchant?.toString() !== merchant || ended) return
    const event = JSON.parse(message.value.toString())
    // An event may come twice, under one id. The events of one payment come in order.
    heard()
    console.log(event.type, event.data.id, event.id)
    if (once && final.includes(event.type)) {
      ended = true
      setImmediate(() => consumer.disconnect()) // not from within: it waits for this to return
    }
  },
})
console.error('listening')
waitFor({ what: `an event of ${merchant}`, hint: 'is the processor running with --kafka-brokers? make a payment, for example with: go run ./cmd/merchant load -n 1' })
