// Keeps an example from waiting in silence: it says what is waited for and how to get on, and gives up
// after a while. The package patience does the same in Go.

const firstWord = 10_000
const nextWord = 60_000
const brief = 60_000

// --give-up SECONDS, 600 by default; 0 is for ever
const at = process.argv.indexOf('--give-up')
const giveUp = at < 0 ? 600 : Number(process.argv[at + 1])
if (!Number.isInteger(giveUp) || giveUp < 0) {
  console.error('--give-up: must be a number of seconds, 0 or more')
  process.exit(2)
}

let now
let began = 0
let timer

// waitFor begins a wait: {what, hint, brief}; nothing ends it. A wait that is already under way goes on. A
// brief one, for an answer to a connection, lasts a minute at most.
export function waitFor(next) {
  if (next?.what === now?.what) return
  now = next
  if (now) heard()
  else clearTimeout(timer)
}

// heard ends the wait; the same one begins anew.
export function heard() {
  began = performance.now()
  clearTimeout(timer)
  again(0)
}

function again(waited) {
  const bound = (now.brief ? Math.min(giveUp * 1000, brief) : giveUp * 1000) || Infinity
  const word = waited ? nextWord : Math.min(firstWord, bound / 2) // the first word comes before the end
  timer = setTimeout(say, Math.min(word, bound - waited), bound)
  timer.unref() // it keeps no program alive that has ended
}

function say(bound) {
  const waited = performance.now() - began
  const seconds = `${Math.round(waited / 1000)}s`
  if (waited >= bound - 1) {
    console.error(`gave up waiting for ${now.what} after ${seconds}; ${now.hint}`)
    process.exit(1)
  }
  console.error(`waiting for ${now.what}, for ${seconds} now; ${now.hint}`)
  again(waited)
}
