import { isNull } from '../../domain/null-word.ts'
import { minorDigits } from '../../domain/amount.ts'
import { isNumberText } from '../../model/transformations.ts'
import type { RuleFacts } from '../../ports.ts'
import type { DetectorFile } from './detector-file.ts'

/** The types of facts, in the words of CEL. */
export type FactType = 'int' | 'double' | 'string' | 'bool' | 'google.protobuf.Timestamp' | 'map<string, bool>' | 'map<double, bool>'
type FactValue = bigint | number | string | boolean | Date

interface Fact {
  type: FactType
  /** `undefined`: the transaction has no such fact. */
  of: (facts: RuleFacts, clock: Clock) => FactValue | undefined
}

/** The hour (0 to 23) and the day of the week (0 is Sunday) at a moment, by the detector file's time zone. */
type Clock = (ms: number) => { hour: number, weekday: number }

/** What a rule can ask for by one word. */
const FACTS: Readonly<Record<string, Fact>> = {
  // Rounded up, should a scorer ever give a fraction: the guard checks the range alone.
  score: { type: 'int', of: ({ scored }) => scored && BigInt(Math.ceil(scored.score)) },
  amount: { type: 'double', of: ({ transaction: { amount } }) => amount.valueMinor / 10 ** minorDigits(amount.currency) },
  currency: { type: 'string', of: ({ transaction }) => transaction.amount.currency },
  occurredAt: { type: 'google.protobuf.Timestamp', of: ({ transaction }) => new Date(transaction.occurredAtMs) },
  hour: { type: 'int', of: ({ transaction }, clock) => BigInt(clock(transaction.occurredAtMs).hour) },
  weekday: { type: 'int', of: ({ transaction }, clock) => BigInt(clock(transaction.occurredAtMs).weekday) }
}

/** What a rule can ask for by two, such as `card.last4`. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, Fact>>>> = {
  card: {
    id: { type: 'string', of: ({ card }) => card.cardId },
    last4: { type: 'string', of: ({ card }) => card.last4 },
    hasOpenCase: { type: 'bool', of: ({ card }) => card.openCaseId !== null },
    confirmedGenuine: { type: 'bool', of: ({ card, nowMs }) => card.quiet !== null && nowMs < card.quiet.untilMs },
    lastDecision: { type: 'string', of: ({ card }) => card.lastSettled?.decision ?? '' }
  },
  customer: {
    id: { type: 'string', of: ({ transaction }) => transaction.customerId }
  },
  scorer: {
    name: { type: 'string', of: ({ scored }) => scored?.scorerName },
    isFallback: { type: 'bool', of: ({ scored }) => scored?.isFallback }
  }
}

/** What all rules of one file can ask for: by one word, and by two; with how each is read from a transaction. */
export interface Vocabulary {
  words: Readonly<Record<string, FactType>>
  groups: Readonly<Record<string, Readonly<Record<string, FactType>>>>
  /** How many entries a list has. */
  listSizes: ReadonlyMap<string, number>
  /** A group as the rule language knows it. */
  groupClass: (name: string) => new (entries: Iterable<readonly [string, unknown]>) => Map<string, unknown>
  /** The facts of a transaction, as far as these words and groups go; what it lacks is not there. */
  read: (facts: RuleFacts, names: ReadonlySet<string>) => Record<string, unknown>
}

/** Makes the vocabulary of a detector file: the facts that all files share, its own variables, and its lists. */
export function createVocabulary ({ variables, lists, timeZone }: DetectorFile): Vocabulary {
  const clock = createClock(timeZone)
  const typesOf = (facts: Readonly<Record<string, Fact>>) => Object.fromEntries(Object.entries(facts).map(([name, { type }]) => [name, type]))
  const groups = {
    ...Object.fromEntries(Object.entries(GROUPS).map(([name, facts]) => [name, typesOf(facts)])),
    variables: Object.fromEntries([...variables].map(([name, kind]) => [name, kind === 'text' ? 'string' : 'double'] as const)),
    // Maps, since those are looked up in and not walked through.
    lists: Object.fromEntries([...lists].map(([name, entries]) => [name, typeof entries[0] === 'number' ? 'map<double, bool>' : 'map<string, bool>'] as const))
  }
  // The rule language tells groups apart by the class of their value.
  const classes = new Map(Object.keys(groups).map((name) => [name, class extends Map<string, unknown> {}]))
  const groupClass: Vocabulary['groupClass'] = (name) => classes.get(name) ?? Map
  const listValues = new (groupClass('lists'))([...lists].map(([name, entries]) => [name, new Map(entries.map((entry) => [entry, true]))] as const))

  function readGroup (name: string, facts: RuleFacts): unknown {
    if (name === 'lists') return listValues
    if (name === 'scorer' && facts.scored === undefined) return undefined
    const entries = name === 'variables' ? readVariables(variables, facts.transaction.variables) : Object.entries(GROUPS[name] ?? {}).map(([field, { of }]) => [field, of(facts, clock)] as const)
    return new (groupClass(name))(entries)
  }

  return {
    words: typesOf(FACTS),
    groups,
    listSizes: new Map([...lists].map(([name, entries]) => [name, entries.length])),
    groupClass,
    read (facts, names) {
      const context: Record<string, unknown> = {}
      for (const name of names) {
        const fact = FACTS[name]
        context[name] = fact === undefined ? readGroup(name, facts) : fact.of(facts, clock)
      }
      return context
    }
  }
}

/** What is blank is absent, as for the embedded scorer; so is a number that it could not read either. */
function readVariables (declared: DetectorFile['variables'], sent: Readonly<Record<string, string | null>>): Array<[string, string | number]> {
  const read: Array<[string, string | number]> = []
  for (const [name, kind] of declared) {
    const value = Object.hasOwn(sent, name) ? sent[name] ?? '' : ''
    const trimmed = value.trim()
    if (isNull(trimmed)) continue
    if (kind === 'text') read.push([name, value])
    if (kind === 'number' && isNumberText(trimmed) && Number.isFinite(Number(trimmed))) read.push([name, Number(trimmed)])
  }
  return read
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

function createClock (timeZone: string): Clock {
  if (timeZone === 'UTC') return (ms) => ({ hour: new Date(ms).getUTCHours(), weekday: new Date(ms).getUTCDay() })
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', weekday: 'short', hourCycle: 'h23' })
  return (ms) => {
    const parts = format.formatToParts(ms)
    const read = (type: string) => parts.find((part) => part.type === type)?.value ?? ''
    return { hour: Number(read('hour')), weekday: WEEKDAYS.indexOf(read('weekday')) }
  }
}
