/** Stands in for Amazon Connect: every call is taken on. Only a peer calls; an approved payment asks nobody. */
import { runStub } from './stub-server.ts'

runStub('application/json', (operation) => ({ counted: operation, body: '{"ContactId":"00000000-0000-4000-8000-000000000000"}' }))
