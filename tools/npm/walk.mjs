// What the walks with other APIs' libraries have in common: the house's own API, which has the clock go on and pays out, a
// customer at the hosted page, and a shop that hears webhooks.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'

const tokens = {}
export async function token(base, client) {
  tokens[client] ??= (await (await fetch(`${base}/oauth/token`, {
    method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', client_id: client, client_secret: `${client}-secret` }),
  })).json()).access_token
  return tokens[client]
}

// own asks in the house's own API.
export async function own(base, client, method, path, body) {
  const headers = { Authorization: `Bearer ${await token(base, client)}`, 'Content-Type': 'application/json' }
  if (client === 'demo-operator' && path.startsWith('/v1/')) headers['Sandbank-Merchant'] = 'demo-shop'
  const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) })
  const said = await answer.text()
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${said}`)
  return said && JSON.parse(said)
}

export const advance = (base, by) => own(base, 'demo-operator', 'POST', '/sim/clock', { advance: { by } })

// pays goes through the hosted page as a browser without scripts does: the form, the review, and where the payment is on its way.
export async function pays(page, number = '4242424242424242') {
  let cookie = ''
  const visit = async (at, form) => {
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie, origin: new URL(page).origin }, ...(form && { method: 'POST', body: new URLSearchParams(form) }) })
    const set = answer.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ')
    if (set) cookie = set
    const text = await answer.text()
    return answer.status === 303 ? visit(new URL(answer.headers.get('location'), at)) : { status: answer.status, text, at: String(answer.url) }
  }
  const hidden = (text, name) => {
    const found = text.match(new RegExp(`name="${name}"[^>]*value="([^"]*)"`))
    assert.ok(found, `the page has no ${name}: ${text}`)
    return found[1]
  }
  const form = await visit(page)
  assert.equal(form.status, 200, form.text)
  const review = await visit(page, { csrf: hidden(form.text, 'csrf'), method: 'card', number, exp: '12/34', csc: '123', name: 'A Customer' })
  const end = await visit(`${page}/confirm`, { csrf: hidden(review.text, 'csrf'), instrument: hidden(review.text, 'instrument'), try: hidden(review.text, 'try') })
  assert.equal(end.status, 200, end.text)
}

// opened is a shop that keeps what read makes of each webhook. The await of heard(test) is a webhook that fits, which is taken away.
export async function opened(read) {
  const kept = []
  let rung = () => {}
  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    try {
      kept.push(read(Buffer.concat(chunks), request.headers))
      response.writeHead(200).end()
    } catch (error) {
      console.error(error)
      process.exitCode = 1
      response.writeHead(400).end(error.message)
    }
    rung()
  })
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async heard(fits) {
      while (!kept.some(fits)) await new Promise((ring) => { rung = ring })
      return kept.splice(kept.findIndex(fits), 1)[0]
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
