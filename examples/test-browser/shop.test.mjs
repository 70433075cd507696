// A test of a whole shop in a real browser, with playwright-core and the system's Chromium. The shop is the
// demo shop, which runs beside the processor; yours would be at another address.
//
//   npm install playwright-core
//   go build -o processor ./cmd/processor
//   SANDBANK_PROCESSOR=./processor node --test examples/test-browser/*.test.mjs
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { createInterface } from 'node:readline'

import { chromium } from 'playwright-core'

let processor, ready, browser

before(async () => {
  processor = spawn(process.env.SANDBANK_PROCESSOR ?? 'processor', ['--addr', '127.0.0.1:0', '--amqp-addr', '127.0.0.1:0', '--quiet', '--ready-fd', '3'], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  const [line] = await once(createInterface({ input: processor.stdio[3] }), 'line')
  ready = JSON.parse(line)
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
})

after(async () => {
  await browser?.close()
  processor?.kill('SIGTERM')
})

// buy has a customer of their own buy the first thing and pay with a card; the page stands at its end.
async function buy(card) {
  const context = await browser.newContext()
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  await page.goto(ready.urls.shop)
  await page.locator('.product').first().getByLabel('Pay through').selectOption('SANDNL2A')
  await page.locator('.product').first().getByRole('button', { name: /^Buy/ }).click()
  await page.getByLabel('Card number').fill(card)
  await page.getByLabel('Expires').fill('12/40')
  await page.getByLabel('Security code').fill('123')
  await page.getByLabel('Name on card').fill('Alex Example')
  await page.getByRole('button', { name: 'Continue to review' }).click()
  await page.getByRole('button', { name: /^Pay/ }).click()
  return page
}

test('the customer pays, comes back, and the order is paid', async () => {
  const page = await buy('4242 4242 4242 4242')
  await page.getByRole('heading', { name: 'Payment complete' }).waitFor()
  await page.getByRole('link', { name: 'Return to Harbor Goods' }).or(page.getByRole('button', { name: 'Return to Harbor Goods' })).click()
  await page.getByRole('heading', { name: 'Thank you! Your order is paid' }).waitFor()
})

test('a card without money is declined, and the customer may try another', async () => {
  const page = await buy('4000 0000 0000 9995')
  await page.getByRole('heading', { name: 'Try another way to pay' }).waitFor()
  assert.match(await page.locator('main').innerText(), /not enough money/i)
})
