import type { FastifyInstance } from 'fastify'

/** A refusal of a control API: the HTTP status and the message. */
export class ControlFault extends Error {
  readonly statusCode: number

  constructor (statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

const LOCAL_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]', '::1'])

/** Guards the control API that `app` holds: refusals are `{ "message" }`, and neither pages of other sites nor other names of this machine are served. */
export function guardControlApi (app: FastifyInstance): void {
  app.setErrorHandler((error: Error & { statusCode?: number, validation?: Array<{ instancePath: string, message?: string }> }, _request, reply) => {
    const message = error.validation?.map(({ instancePath, message = 'is not valid' }) => `${instancePath} ${message}`.trim()).join('; ') ?? error.message
    return reply.code(error.statusCode ?? 500).send({ message })
  })
  // A page of another site must not press keys on a developer's machine.
  app.addHook('onRequest', async request => {
    const site = request.headers['sec-fetch-site']
    // Nor one whose name was bent to this machine's address.
    if (!LOCAL_NAMES.has(request.hostname)) throw new ControlFault(403, 'The control API serves this machine only, by the names localhost, 127.0.0.1 and [::1].')
    if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new ControlFault(403, 'The control API does not serve pages of other origins.')
  })
}
