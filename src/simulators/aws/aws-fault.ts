/** An error that the AWS side of a simulator answers with: the HTTP status, the error's AWS name and its message. */
export class AwsFault extends Error {
  readonly status: number
  readonly type: string

  constructor (status: number, type: string, message: string) {
    super(message)
    this.name = 'AwsFault'
    this.status = status
    this.type = type
  }
}
