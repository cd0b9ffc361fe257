import type { FastifyReply, FastifyRequest } from 'fastify'

/** Faults of the way between a caller and AWS: no reply, a connection torn down, a proxy's web page with status 200 or 502. */
export const TRANSPORT_FAULTS = ['hang', 'reset', 'html', 'bad_gateway'] as const

/** One of {@link TRANSPORT_FAULTS}. */
export type TransportFault = typeof TRANSPORT_FAULTS[number]

/** Answers a request the way a broken connection does. */
export function meetTransportFault (fault: TransportFault, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  switch (fault) {
    case 'html': return reply.type('text/html').send('<html><body><h1>200 OK</h1><p>Somewhere a proxy answered.</p></body></html>')
    case 'bad_gateway': return reply.code(502).type('text/html').send('<html><body><h1>502 Bad Gateway</h1></body></html>')
    case 'hang': return reply.hijack()
    case 'reset':
      request.raw.socket.resetAndDestroy()
      return reply.hijack()
  }
}
