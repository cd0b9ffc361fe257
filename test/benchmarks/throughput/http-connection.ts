import { connect } from 'node:net'

/** A kept connection that carries one request at a time. */
export interface Connection {
  send: (request: string) => void
  close: () => void
}

/** What came back: the status, and the whole reply as it came, head and body. */
export type OnReply = (status: number, reply: string) => void

const LENGTH = /\r\ncontent-length: *(\d+)/i

/** Opens a connection that does as little as it can, so that it is not itself what is measured: replies have a `content-length`, and come one by one. */
export function openConnection (port: number, onReply: OnReply, onClose: (error?: Error) => void): Connection {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let held = ''
  let failure: Error | undefined
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    held = held === '' ? chunk : held + chunk
    const headEnd = held.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const length = LENGTH.exec(held)?.[1]
    if (length === undefined) { socket.destroy(new Error(`a reply without content-length: ${held.slice(0, 200)}`)); return }
    if (held.length < headEnd + 4 + Number(length)) return
    const reply = held
    held = ''
    onReply(Number(reply.slice(9, 12)), reply)
  })
  socket.on('error', (error) => { failure = error })
  socket.on('close', () => { onClose(failure) })
  return {
    send (request) { socket.write(request, 'latin1') },
    close () { socket.destroy() }
  }
}
