import t from 'tap'
import { SCOPES } from '../../src/domain/api-key.ts'

t.test("SCOPES are the design's, each once", async (t) => {
  t.same([...SCOPES].sort(), ['answers:write', 'cards:read', 'cards:write', 'cases:read', 'cases:write', 'customers:read', 'customers:write', 'events:write', 'transactions:write'])
})
