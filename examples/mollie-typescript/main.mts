// The shop of examples/mollie with Mollie's client for TypeScript, which holds every answer to its own schemas. It speaks
// plain HTTP as well.
//
//   SANDBANK_URL     where a processor is; http://127.0.0.1:8080 by default
//   MOLLIE_API_KEY   test_…, as the processor prints it at its start
//
// Needs the npm package mollie-api-typescript. Compile it with tsc -p ., or run it with a recent Node as it is.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from 'mollie-api-typescript'

const base = process.env.SANDBANK_URL ?? 'http://127.0.0.1:8080'
const mollie = new Client({ security: { apiKey: process.env.MOLLIE_API_KEY ?? '' }, serverURL: `${base}/mollie` })

const order = { id: 'order-1042', name: 'Teapot', amount: { currency: 'EUR', value: '19.99' }, fulfilled: false }

// called is the webhook: it says which payment changed, and nothing that could be believed.
async function called(paymentId: string): Promise<void> {
  const payment = await mollie.payments.get({ paymentId })
  console.log('webhook', payment.status)
  if (payment.amountRefunded?.value === order.amount.value) {
    console.log('refunded', payment.amountRefunded.value)
    server.close()
    server.closeIdleConnections()
    return
  }
  if (payment.status !== 'paid' || order.fulfilled) return
  order.fulfilled = true
  const kept = payment.metadata as { order: string }
  console.log('fulfilled', kept.order, payment.description, payment.amount.value, payment.amount.currency)
  const refund = await mollie.refunds.create({ paymentId, refundRequest: { amount: order.amount, description: 'Broken', metadata: null } })
  console.log('refund', refund.amount.value)
}

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  response.writeHead(200).end()
  await called(new URLSearchParams(Buffer.concat(chunks).toString()).get('id') ?? '')
})
server.listen(0, '127.0.0.1', async () => {
  const shop = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const payment = await mollie.payments.create({
    paymentRequest: {
      amount: order.amount, description: order.name, metadata: { order: order.id }, redirectUrl: `${shop}/orders/${order.id}`, webhookUrl: `${shop}/webhook`,
    },
  })
  console.log('pay', payment.id, payment.links.checkout?.href)
})
