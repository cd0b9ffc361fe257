import { type Behaviour, FRAUD_BEHAVIOURS, HONEST_BEHAVIOURS } from './behaviours.ts'
import { createRandom, type Random } from '../model/random.ts'
import { US_STATES } from '../model/us-states.ts'

/** The share of rows that are truly fraudulent, before the noise on the label. */
const FRAUD_SHARE = 0.05

// Charge-backs of what was genuine, and frauds that nobody reported: no real label is clean.
const HONEST_REPORTED_SHARE = 0.001
const FRAUD_UNREPORTED_SHARE = 0.02
// Callers that send next to nothing, and single fields lost on the way; both regardless of fraud.
const THIN_CALLER_SHARE = 0.04
const LOST_FIELD_SHARE = 0.01
const THIN_CALLER_FIELDS: ReadonlySet<string> = new Set(['ip_address', 'email_address', 'merchant_id'])

const SPAN_START_MS = Date.UTC(2026, 0, 1)
const SPAN_DAYS = 180
const DAY_MS = 86_400_000

const HOSTING_OCTETS = [5, 23, 34, 45, 51, 62, 91, 104, 138, 146, 159, 167, 185, 188, 193, 195]
const HOME_OCTETS = Array.from({ length: 223 }, (_, index) => index + 1).filter((octet) => octet !== 10 && octet !== 127)
const RESALE_GROUPS = [3, 6, 7]
const CURRENCIES = { usd: 62, eur: 18, gbp: 8, cad: 6, aud: 3, jpy: 3 } as const
// Rough prices of a euro: they only give each currency's amounts their usual size.
const PER_EURO: Readonly<Record<keyof typeof CURRENCIES, number>> = { usd: 1.1, eur: 1, gbp: 0.85, cad: 1.5, aud: 1.65, jpy: 160 }
const FIRST_NAMES = 'Ada Alan Barbara Brian Carla Dennis Elena Frances Grace Hugo Irene James Joan Karen Linus Margaret Nadia Oscar Priscilla Quentin Radia Sofia Thomas Ursula Victor Wanda Yvonne Zoe'.split(' ')
const LAST_NAMES = 'Adler Baker Castillo Diaz Evans Fischer Garcia Hopper Ito Jensen Keller Lovelace Moreno Nguyen Olsen Perlman Quinn Rojas Schmidt Turing Urban Vargas Walker Young Zimmer'.split(' ')
const CITY_STARTS = 'Lake Port North South East West New Fort Saint Upper'.split(' ')
const CITY_ENDS = 'Amberfurt Brookhaven Carlton Dunmore Eastbury Fairview Greenmouth Hollyton Irvington Juniper Kingsport Lindale Marston Norwood Oakmere Prestonville'.split(' ')
const STREETS = 'Birch Cedar Dogwood Elm Forest Garden Hill Juniper Lake Maple Oak Pine River Spring Willow'.split(' ')
const COMPANIES = 'amber-mill blue-harbour cedar-works delta-freight elm-press foxglove granite-bank hillside'.split(' ')
const FREE_MAIL = ['example.org', 'example.com', 'example.net', 'mail.example']
const THROW_AWAY = ['throwaway.test', 'tempbox.test']

/** One generated transaction: the sample's variables as text, `null` where the caller sent none, and what it truly was said to be. */
export interface GeneratedTransaction {
  EVENT_LABEL: 'fraud' | 'legit'
  /** ISO 8601 in UTC, to the second. */
  EVENT_TIMESTAMP: string
  variables: Record<string, string | null>
}

function drawAddress (random: Random, behaviour: Behaviour): string {
  const street = `${random.integer(1, 9999)} ${random.pick(STREETS)} ${random.pick(['Street', 'Road', 'Avenue', 'Streets'])}`
  if (random.chance(behaviour.suiteShare)) return random.chance(0.8) ? `${street} Suite ${random.integer(100, 999)}` : `PO Box ${random.integer(100, 9999)}`
  return random.chance(0.2) ? `${street} Apt. ${random.integer(1, 999)}` : street
}

function drawEmail (random: Random, behaviour: Behaviour, first: string, last: string): string {
  const stem = random.chance(behaviour.strangerEmailShare)
    ? random.pick([random.pick(FIRST_NAMES.filter((name) => name !== first)), 'shopper', 'hello', 'user', 'home', 'mail'])
    : random.pick([first, last, `${first}.${last}`, `${first.slice(0, 1)}${last}`])
  const digits = random.chance(behaviour.emailDigitsShare) ? String(random.integer(1, 9999)) : ''
  const domain = random.chance(behaviour.throwAwayShare)
    ? random.pick(THROW_AWAY)
    : random.chance(behaviour.freeMailShare) ? random.pick(FREE_MAIL) : `${random.pick(COMPANIES)}.example`
  return `${stem.toLowerCase()}${digits}@${domain}`
}

function drawPhone (random: Random, isSloppy: boolean): string {
  const area = `${random.integer(2, 9)}${String(random.integer(0, 99)).padStart(2, '0')}`
  // 555-0100 to 555-0199 are set aside for fiction in the North American plan.
  const line = `01${String(random.integer(0, 99)).padStart(2, '0')}`
  if (isSloppy) return `${area}555${line}`
  return random.pick([`(${area})555-${line}`, `(${area})555-${line}`, `${area}-555-${line}`, `${area}.555.${line}`, `+1-${area}-555-${line}`, `${area}555${line}`])
}

function drawMash (random: Random): string {
  return Array.from({ length: random.integer(5, 9) }, () => random.pick([...'qwrtpsdfghjklzxcvbnmae'])).join('')
}

function drawAmounts (random: Random, behaviour: Behaviour, perEuro: number): { amount: number, usual: number } {
  const usual = 60 * Math.exp(0.8 * random.normal())
  const { around, median, sigma } = behaviour.amount
  const drawn = (around === 'usual' ? usual : 1) * median * Math.exp(sigma * random.normal())
  const amount = random.chance(behaviour.roundAmountShare) ? Math.max(1, Math.round(drawn / 50)) * 50 : drawn
  return { amount: Math.max(0.5, amount) * perEuro, usual: usual * perEuro }
}

function drawVariables (random: Random, behaviour: Behaviour): Record<string, string | null> {
  const currency = random.pickWeighted(CURRENCIES)
  const { amount, usual } = drawAmounts(random, behaviour, PER_EURO[currency])
  const decimals = currency === 'jpy' ? 0 : 2
  const state = random.pick(US_STATES)
  const zone = random.chance(behaviour.postalMismatchShare) ? String(random.integer(0, 9)) : state.postalZone
  const [first, last] = [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)]
  const isSloppy = random.chance(behaviour.sloppyShare)
  const octet = random.pick(random.chance(behaviour.hostingShare) ? HOSTING_OCTETS : HOME_OCTETS)
  const group = random.chance(behaviour.resaleMerchantShare) ? random.pick(RESALE_GROUPS) : random.integer(0, 9)
  const drawn: Record<string, string | null> = {
    transaction_amt: amount.toFixed(decimals),
    transaction_adj_amt: usual.toFixed(decimals),
    ip_address: [octet, random.integer(0, 255), random.integer(0, 255), random.integer(1, 254)].join('.'),
    email_address: drawEmail(random, behaviour, first, last),
    phone_number: drawPhone(random, isSloppy),
    merchant_id: `${group}${random.integer(10, 99)}-${random.integer(10, 99)}-${random.integer(1000, 9999)}`,
    billing_city: isSloppy && random.chance(0.6) ? drawMash(random) : `${random.pick(CITY_STARTS)} ${random.pick(CITY_ENDS)}`,
    billing_postal: `${zone}${String(random.integer(0, 9999)).padStart(4, '0')}`,
    billing_state: state.name,
    currency,
    cvv: random.pickWeighted(behaviour.cvv),
    signature_image: random.pickWeighted(behaviour.signature),
    transaction_type: random.pickWeighted(behaviour.type),
    transaction_env: random.pickWeighted(behaviour.env),
    applicant_name: isSloppy ? `${first} ${last}`.toLowerCase() : `${first} ${last}`,
    billing_address: drawAddress(random, behaviour)
  }
  const isThin = random.chance(THIN_CALLER_SHARE)
  for (const name of Object.keys(drawn)) {
    if (random.chance(LOST_FIELD_SHARE) || (isThin && !THIN_CALLER_FIELDS.has(name))) drawn[name] = null
  }
  // The amount itself always travels, outside of the variables if not in them.
  drawn['transaction_amt'] ??= amount.toFixed(decimals)
  drawn['currency'] ??= currency
  return drawn
}

function drawHour (random: Random, behaviour: Behaviour): number {
  if (random.chance(behaviour.nightShare)) return random.integer(3, 9)
  return Math.floor(((18 + 4.5 * random.normal()) % 24 + 24) % 24)
}

function pickBehaviour (random: Random, behaviours: readonly Behaviour[]): Behaviour {
  const weights = Object.fromEntries(behaviours.map(({ share }, index) => [String(index), share]))
  return behaviours[Number(random.pickWeighted(weights))]!
}

/**
 * Generates made-up card-not-present transactions over 180 days from 2026-01-01, sorted by time; same seed and rows, same bytes.
 *
 * About 5 % are fraud, of four kinds (`behaviours.ts` has the figures):
 * - card testing: sums around 1.50, a cvv result other than a match, hosting addresses, throw-away mail, fields typed by a script;
 * - account takeover: many times the card's usual amount, cvv not matching or not verified, free or throw-away mail with digits that
 *   shows nothing of the name, hosting addresses, night, by telephone or from an unknown environment as often as by the web;
 * - reshipping: some times the usual amount, resaleable goods, to a suite or box, postal code and state apart, cvv often matching;
 * - quiet: nearly like an honest buyer, and hardly to be found.
 *
 * Honest buyers share each of the signs: travellers buy at night through hosting addresses, gift senders ship elsewhere, telephone buyers
 * have no cvv match, big purchases are many times the usual amount, small change is as small as card testing. So no column gives fraud
 * away alone. 2 % of frauds go unreported (label `legit`), 0.1 % of honest ones are reported (label `fraud`); some callers send three
 * variables only. Every e-mail domain is reserved (RFC 2606, RFC 6761), every phone number fictional (555-01xx).
 *
 * @param options `rows` is a count; `seed` an integer.
 */
export function generateTransactions (options: { rows: number, seed: number }): GeneratedTransaction[] {
  return [...drawTransactions(options)].sort((a, b) => a.EVENT_TIMESTAMP < b.EVENT_TIMESTAMP ? -1 : a.EVENT_TIMESTAMP > b.EVENT_TIMESTAMP ? 1 : 0)
}

/** The same transactions one by one, in the order in which they are drawn: for more of them than fit in memory. */
export function * drawTransactions ({ rows, seed }: { rows: number, seed: number }): Generator<GeneratedTransaction> {
  const random = createRandom(seed)
  for (let row = 0; row < rows; row++) {
    const isFraud = random.chance(FRAUD_SHARE)
    const behaviour = pickBehaviour(random, isFraud ? FRAUD_BEHAVIOURS : HONEST_BEHAVIOURS)
    const isReported = isFraud ? !random.chance(FRAUD_UNREPORTED_SHARE) : random.chance(HONEST_REPORTED_SHARE)
    const seconds = drawHour(random, behaviour) * 3600 + random.integer(0, 3599)
    yield {
      EVENT_LABEL: isReported ? 'fraud' : 'legit',
      EVENT_TIMESTAMP: new Date(SPAN_START_MS + random.integer(0, SPAN_DAYS - 1) * DAY_MS + seconds * 1000).toISOString().replace('.000Z', 'Z'),
      variables: drawVariables(random, behaviour)
    }
  }
}
