// A bank of one's own against the AMQP contract alone, see /asyncapi.json: it authorizes, captures, voids,
// refunds, reverses, gives signs of life, and settles when a control asks for it. Money is counted in
// minor units, as BigInt. It keeps everything in memory: a bank that may be killed writes it down before
// it answers. Needs the npm package amqplib.
//
//   SANDBANK_AMQP_URL   the broker, amqp://guest:guest@127.0.0.1:5672/ by default
//   SANDBANK_BANK       its identifier, NODENL2A by default
import amqp from 'amqplib'
import { waitFor } from '../patience.mjs'

const url = process.env.SANDBANK_AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/'
const bank = process.env.SANDBANK_BANK ?? 'NODENL2A'
const currencies = ['EUR', 'JPY']
const decimals = { EUR: 2, JPY: 0 }
const lifetime = 7 * 24 * 3600 * 1000 // of an authorization, in milliseconds

const minor = ({ value, currency }) => BigInt(value.replace('.', '')) // the contract fixes the number of decimals
const money = (n, currency) => {
  const digits = (n < 0n ? -n : n).toString().padStart(decimals[currency] + 1, '0')
  const at = digits.length - decimals[currency]
  return { value: (n < 0n ? '-' : '') + digits.slice(0, at) + (decimals[currency] ? '.' + digits.slice(at) : ''), currency }
}
const fee = (n) => (n * 2n + 500n) / 1000n // 0.2 %, half up
const stamp = (() => { // every decision has an instant of its own, in microseconds since 1970
  let last = 0n
  return () => { const now = BigInt(Date.now()) * 1000n; return (last = now > last ? now : last + 1n) }
})()
const iso = (t) => new Date(Number(t / 1000n)).toISOString().replace('Z', (t % 1000n).toString().padStart(3, '0') + 'Z')

// ---- What the bank knows ----

const authorizations = new Map() // by id of the authorize: {payment, held, captured, refunded, until, ...}
const operations = new Map()     // by id of the request: {kind, authorization, amount, line}
const answers = new Map()        // by id of the request: the result, to be said again
const reversed = new Set()       // ids that were reversed before they came
let lines = []                   // to be settled
const sequence = {}

const no = (code, message) => ({ outcome: 'declined', reason: { code, message } })
const yes = { outcome: 'approved' }

const line = (reference, payment, kind, direction, amount, at, currency) => {
  const l = { reference, payment, kind, direction, amount, fee: kind === 'capture' ? fee(amount) : 0n, at, currency }
  lines.push(l)
  return l
}

function authorize(r, at) {
  const { behavior, reason } = r.instrument
  if (behavior === 'decline') return no(reason, 'The card says so.')
  if (behavior === 'error') return { ...no(reason, 'The card says so.'), outcome: 'error' }
  const a = { payment: r.payment, currency: r.amount.currency, held: minor(r.amount), captured: 0n, refunded: 0n, until: Date.now() + lifetime }
  if (reversed.has(r.id)) a.held = 0n
  authorizations.set(r.id, a)
  if (r.capture === 'automatic' && a.held > 0n) take(a, r.id, a.held, at)
  return yes
}

function take(a, id, amount, at) {
  a.held -= amount
  a.captured += amount
  operations.set(id, { kind: 'capture', a, amount, line: line(id, a.payment, 'capture', 'credit', amount, at, a.currency) })
}

function follow(r, at) {
  const a = authorizations.get(r.authorization)
  if (!a || a.payment !== r.payment) return no('authorization_unknown', 'There is no such authorization.')
  const amount = minor(r.amount)
  if (r.type === 'refund') {
    if (amount > a.captured - a.refunded) return no('exceeds_authorization', 'That much was not captured.')
    a.refunded += amount
    operations.set(r.id, { kind: 'refund', a, amount, line: line(r.id, a.payment, 'refund', 'debit', amount, at, a.currency) })
    return yes
  }
  if (a.held === 0n || Date.now() >= a.until) return no('authorization_expired', 'Nothing is held any more.')
  if (r.type === 'capture') {
    if (amount > a.held) return no('exceeds_authorization', 'That much is not held.')
    take(a, r.id, amount, at)
    if (r.final) a.held = 0n
  } else {
    operations.set(r.id, { kind: 'void', a, amount: a.held })
    a.held = 0n
  }
  return yes
}

// Undo what is left of a request. A line that is not settled is struck out; else its opposite is settled.
function reverse(r, at) {
  const o = operations.get(r.reverses)
  const a = authorizations.get(r.reverses) ?? o?.a
  if (!a) return reversed.add(r.reverses)
  if (authorizations.has(r.reverses)) a.held = 0n // what is left of an authorization
  if (!o || o.undone) return
  o.undone = true
  if (o.kind === 'void') { a.held += o.amount; return }
  const whole = o.kind === 'refund' || a.captured - a.refunded >= o.amount
  const amount = whole ? o.amount : a.captured - a.refunded
  if (o.kind === 'refund') a.refunded -= amount
  else a.captured -= amount
  if (o.kind === 'capture' && !authorizations.has(r.reverses)) a.held += amount
  if (whole && lines.includes(o.line)) lines = lines.filter((l) => l !== o.line)
  else if (amount > 0n) line(r.reverses, a.payment, 'reversal', o.kind === 'refund' ? 'credit' : 'debit', amount, at, a.currency)
}

function settle(currency) {
  const at = stamp()
  const mine = lines.filter((l) => l.currency === currency)
  lines = lines.filter((l) => l.currency !== currency)
  const sum = (of) => mine.reduce((n, l) => n + of(l), 0n)
  const credits = sum((l) => (l.direction === 'credit' ? l.amount : 0n))
  const debits = sum((l) => (l.direction === 'debit' ? l.amount : 0n))
  const fees = sum((l) => l.fee)
  const date = iso(at).slice(0, 10)
  sequence[currency] = (sequence[currency] ?? 0) + 1
  return {
    type: 'settlement', id: `stl-${bank}-${currency}-${date.replaceAll('-', '')}-${sequence[currency]}`, bank, currency,
    business_date: date, sequence: sequence[currency], covers_until: iso(at),
    lines: mine.map((l) => ({
      reference: l.reference, payment: l.payment, kind: l.kind, direction: l.direction,
      amount: money(l.amount, currency), fee: money(l.fee, currency), booked_at: iso(l.at),
    })),
    credits: money(credits, currency), debits: money(debits, currency), fees: money(fees, currency),
    net: money(credits - debits - fees, currency), owed: money(0n, currency), sent_at: iso(at),
  }
}

// ---- How it speaks ----

waitFor({ what: 'an answer of the broker', hint: 'start a processor with --amqp-addr 127.0.0.1:5672, or name another in SANDBANK_AMQP_URL', brief: true })
const [consuming, publishing] = await Promise.all([amqp.connect(url), amqp.connect(url)]) // never one for both
const out = await publishing.createConfirmChannel()
const requests = await consuming.createChannel()
// The exchanges are the processor's: where they are not there yet, this fails, and whoever runs it tries again.
await requests.assertQueue(`bank.${bank}`, {
  durable: true, arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 20, 'x-dead-letter-exchange': 'dead.letters' },
})
await requests.bindQueue(`bank.${bank}`, 'bank.requests', bank)
await requests.bindQueue(`bank.${bank}`, 'bank.requests', 'all.banks') // processors that begin call: it is heard at once

// A message is safe when the broker confirmed it and did not return it; until then it is said again.
const returned = new Set()
out.on('return', (m) => returned.add(m.properties.messageId))
async function say(message) {
  const properties = { messageId: message.id, type: message.type, correlationId: message.request_id, contentType: 'application/json', persistent: true, mandatory: true, timestamp: Math.floor(Date.now() / 1000) }
  for (;;) {
    returned.delete(message.id)
    out.publish('bank.results', bank, Buffer.from(JSON.stringify(message)), properties)
    await out.waitForConfirms()
    if (!returned.has(message.id)) return
    console.error(`nobody takes ${message.id}: no processor has been at this broker; trying again`)
    await new Promise((again) => setTimeout(again, 500))
  }
}

function health(online) {
  const at = new Date()
  out.publish('bank.health', bank, Buffer.from(JSON.stringify({
    type: 'health', bank, name: 'Node Bank', behavior: 'written in Node against the contract alone', online, currencies, weight: 0, interval_seconds: 2, sent_at: at.toISOString(),
  })), { messageId: `${bank} ${at.toISOString()}`, type: 'health', contentType: 'application/json', persistent: true, timestamp: Math.floor(at / 1000), headers: { bank } })
}

async function handle(r) {
  const at = stamp()
  if (r.type === 'call') return health(true)
  if (r.type === 'reverse') return reverse(r, at)
  if (r.type === 'control') {
    if (r.control.command !== 'settle') return
    for (const currency of r.amount ? [r.amount.currency] : currencies) await say(settle(currency))
    return
  }
  if (r.type === 'evidence' || r.instrument?.behavior === 'silent') return
  let answer = answers.get(r.id) // the same request gets the same answer
  if (!answer) {
    const decision = r.type === 'authorize' ? authorize(r, at) : follow(r, at)
    answer = {
      type: 'result', id: 'res_' + r.id, request_id: r.id, payment: r.payment, attempt: r.attempt, bank, amount: r.amount,
      ...decision, rule: 'Node Bank decided so', decided_at: iso(at),
    }
    answers.set(r.id, answer)
  }
  await say(answer)
}

// One at a time: what is settled has then been told.
let turn = Promise.resolve()
await requests.prefetch(100)
await requests.consume(`bank.${bank}`, (m) => {
  turn = turn.then(async () => {
    let r
    try { r = JSON.parse(m.content.toString()) } catch { return requests.nack(m, false, false) } // to the dead letters
    await handle(r)
    requests.ack(m) // the answer is safe
  })
})
health(true)
const beat = setInterval(() => health(true), 2000)
console.error('open for business')
waitFor()

process.once('SIGTERM', async () => {
  clearInterval(beat)
  health(false)
  await out.waitForConfirms()
  await Promise.all([consuming.close(), publishing.close()])
})
