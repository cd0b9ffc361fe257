import { MAX_SPEED, playDemo } from '../simulators/demo.ts'
import { UsageError, type Command } from './command.ts'

/** `ringfence demo`. */
export const demo: Command = {
  summary: 'play the whole story on this machine: payment, call, key, card',
  usage: '[--key 1|2] [--speed N] [--transaction examples/transaction.json]',
  details: `--key          the cardholder's answer: 1 "it was me", 2 "it was not me"; without it you are asked, or without a terminal both are played\n--speed        whole number, 1 to ${MAX_SPEED}: how much faster than real time the phone lives (default 1 when you are asked, else 10)\n--transaction  a JSON file as POST /v1/transactions takes it, of the sample's customer and card`,
  options: { key: { type: 'string' }, speed: { type: 'string' }, transaction: { type: 'string' } },
  async run ({ values: { key, speed, transaction } }) {
    await playDemo({ key: readKey(key), speed: readSpeed(speed), transactionPath: transaction })
  }
}

function readKey (text: string | undefined): '1' | '2' | undefined {
  if (text === undefined || text === '1' || text === '2') return text
  throw new UsageError(`--key must be 1 or 2, not "${text}"`)
}

function readSpeed (text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const speed = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : Number.NaN
  if (!(speed <= MAX_SPEED)) throw new UsageError(`--speed must be a whole number from 1 to ${MAX_SPEED}, not "${text}"`)
  return speed
}
