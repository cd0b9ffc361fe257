import { startRecordedEngine } from './recorded-engine.ts'

// A process of its own, so that whoever counts its own work does not count the store's. It ends when its parent goes away.
const engine = await startRecordedEngine()
process.on('message', () => { process.send?.({ calls: engine.take(), connections: engine.takeConnections() }) })
process.on('disconnect', () => { process.exit(0) })
process.send?.({ endpoint: engine.endpoint })
