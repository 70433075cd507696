// A shop with Mollie's own client for Node, as its quickstart has it; nothing but the address is Sandbank's. It makes a
// payment, prints where the customer pays, fulfils the order once when the webhook has called, and gives the money back.
//
//   SANDBANK_MOLLIE_URL   where a processor speaks Mollie's API, over HTTPS; https://127.0.0.1:8080/mollie/v2/ by default
//   MOLLIE_API_KEY        test_…, as the processor prints it at its start
//   NODE_EXTRA_CA_CERTS   the file of the authority that processor --tls=dev made, as it prints it
//
// Needs the npm package @mollie/api-client.
import './trust.mjs'
import { createServer } from 'node:http'
import { createMollieClient, PaymentStatus } from '@mollie/api-client'
import { heard, waitFor } from '../patience.mjs'

const apiEndpoint = process.env.SANDBANK_MOLLIE_URL ?? 'https://127.0.0.1:8080/mollie/v2/'
const mollie = createMollieClient({ apiKey: process.env.MOLLIE_API_KEY, apiEndpoint })

const order = { id: 'order-1042', name: 'Teapot', amount: { currency: 'EUR', value: '19.99' }, fulfilled: false }

// called is the webhook: it says which payment changed, and nothing that could be believed.
async function called(id) {
  const payment = await mollie.payments.get(id)
  console.log('webhook', payment.status)
  if (payment.amountRefunded?.value === order.amount.value) {
    console.log('refunded', payment.amountRefunded.value)
    server.close()
    server.closeIdleConnections()
    return
  }
  if (payment.status !== PaymentStatus.paid || order.fulfilled) return
  order.fulfilled = true
  console.log('fulfilled', payment.metadata.order, payment.description, payment.amount.value, payment.amount.currency)
  const refund = await mollie.paymentRefunds.create({ paymentId: id, amount: order.amount, description: 'Broken' })
  console.log('refund', refund.amount.value)
}

const server = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  response.writeHead(200).end()
  heard()
  await called(new URLSearchParams(Buffer.concat(chunks).toString()).get('id'))
})
server.listen(0, '127.0.0.1', async () => {
  waitFor({ what: `an answer of ${apiEndpoint}`, hint: 'start processor --tls=dev, or name its address in SANDBANK_MOLLIE_URL', brief: true })
  const shop = `http://127.0.0.1:${server.address().port}`
  const payment = await mollie.payments.create({
    amount: order.amount, description: order.name, metadata: { order: order.id }, redirectUrl: `${shop}/orders/${order.id}`, webhookUrl: `${shop}/webhook`,
  })
  console.log('pay', payment.id, payment.getCheckoutUrl())
  waitFor({ what: 'a webhook', hint: 'open the address above and pay with card 4242 4242 4242 4242' })
})
