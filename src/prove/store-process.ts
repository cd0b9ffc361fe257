import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import dynalite from 'dynalite'
import { withStoreFaults, type StoreFaults } from './store-faults.ts'

// A process of its own: the embedded engine, in memory, with faults before it; the parent sets them, and ends it by going away.
const server = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 })
const [engine] = server.listeners('request') as RequestListener[]
if (engine === undefined) throw new Error('the engine takes no requests')
const faulty = withStoreFaults(engine, Number(process.argv[2]))
server.removeAllListeners('request')
server.on('request', faulty.listener)
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => { process.send?.({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }) })
process.on('message', (faults: StoreFaults) => { faulty.set(faults) })
process.on('disconnect', () => { process.exit(0) })
