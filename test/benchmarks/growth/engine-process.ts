import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import dynalite from 'dynalite'

// A process of its own: the engine with its files in the folder that it is told, and how often it was asked for what. It ends when its parent goes away.
const [, , path] = process.argv
const server = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0, ...path === undefined ? {} : { path } })
const [engine] = server.listeners('request') as RequestListener[]
if (engine === undefined) throw new Error('the engine takes no requests')
let counts: Record<string, number> = {}

server.removeAllListeners('request')
server.on('request', (request: IncomingMessage, response) => {
  const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
  counts[operation] = (counts[operation] ?? 0) + 1
  engine(request, response)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => { process.send?.({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }) })
process.on('message', () => {
  process.send?.({ counts })
  counts = {}
})
process.on('disconnect', () => { process.exit(0) })
