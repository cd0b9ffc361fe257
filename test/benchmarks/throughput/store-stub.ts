/** Stands in for DynamoDB: one card, whatever id it is asked by; transactions are taken and forgotten; the dialer's lease is kept, and nothing is due. */
import { runStub, type StubReply } from './stub-server.ts'
import { TABLE } from './payment.ts'

let cardReply = '{}'
let peerReply = '{"Items":[],"Count":0,"ScannedCount":0}'
let leaseReply = '{}'

runStub('application/x-amz-json-1.0', replyTo, ({ card, peerItem }) => {
  leaseReply = '{}'
  if (card !== undefined) cardReply = JSON.stringify({ Item: card })
  if (peerItem !== undefined) peerReply = JSON.stringify({ Items: [peerItem], Count: 1, ScannedCount: 1 })
})

function replyTo (operation: string, body: string): StubReply {
  if (operation === 'GetItem') {
    if (body.includes('"CARD#')) return { counted: 'GetItem card', body: cardReply }
    if (body.includes('"TRANSACTION#')) return { counted: 'GetItem transaction', body: '{}' }
    return { counted: 'GetItem other', body: body.includes('"LEASE#') ? leaseReply : '{}' }
  }
  if (operation === 'PutItem') {
    if (body.includes('"TRANSACTION#')) return { counted: `PutItem transaction of ${itemBytes(body)} bytes`, body: '{}' }
    if (body.includes('"LEASE#')) leaseReply = JSON.stringify({ Item: (JSON.parse(body) as { Item: object }).Item })
    return { counted: 'PutItem other', body: '{}' }
  }
  if (operation === 'Query') return body.includes(`"${TABLE}"`) ? { counted: 'Query', body: '{"Items":[],"Count":0,"ScannedCount":0}' } : { counted: "Query of the peer's table", body: peerReply }
  if (operation === 'UpdateItem') return { counted: 'UpdateItem', body: '{}' }
  if (operation === 'BatchGetItem') return { counted: 'BatchGetItem', body: '{"Responses":{},"UnprocessedKeys":{}}' }
  return { counted: `unknown ${operation}`, status: 400, body: '{"__type":"com.amazon.coral.service#UnknownOperationException"}' }
}

/** Of the item alone: around it a client may write what it likes, in any order. */
function itemBytes (body: string): number {
  const start = body.indexOf('"Item":{') + '"Item":'.length
  let depth = 0
  for (let at = start; at < body.length; at++) {
    if (body[at] === '{') depth++
    else if (body[at] === '}' && --depth === 0) return at + 1 - start
  }
  return -1
}
