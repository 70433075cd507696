// Mollie's client for Node speaks HTTPS alone and brings its own list of authorities, so that NODE_EXTRA_CA_CERTS does not
// reach it. This adds that file's authority, which processor --tls=dev made for this machine, to every list. It has to be
// imported first, and belongs in no shop that is in earnest.
import { readFileSync } from 'node:fs'
import tls from 'node:tls'

const file = process.env.NODE_EXTRA_CA_CERTS
if (file) {
  const authority = readFileSync(file)
  const make = tls.createSecureContext
  tls.createSecureContext = (options) => {
    const made = make(options)
    made.context.addCACert(authority)
    return made
  }
}
