import { Type, type Static } from '@sinclair/typebox'
import type { RateLimit } from '../aws/request-rate.ts'

/** Quotas of the instance. */
export interface ConnectLimits {
  maxActiveCalls: number
  /** Text conversations. */
  maxActiveChats: number
  /** By operation; an operation without an entry is not limited. */
  rates: Readonly<Record<string, RateLimit>>
}

/** The quotas of a new instance (Administrator Guide, "Amazon Connect service quotas"). */
export const DEFAULT_LIMITS: ConnectLimits = {
  maxActiveCalls: 10,
  maxActiveChats: 500,
  rates: {
    StartOutboundVoiceContact: { perSecond: 2, burst: 5 },
    StartOutboundChatContact: { perSecond: 2, burst: 5 },
    DescribeContact: { perSecond: 10, burst: 15 },
    GetContactAttributes: { perSecond: 10, burst: 15 },
    UpdateContactAttributes: { perSecond: 10, burst: 15 },
    StopContact: { perSecond: 10, burst: 15 }
  }
}

const STARTS = ['StartOutboundVoiceContact', 'StartOutboundChatContact'] as const

/** Quotas to put in force; what is left out stays as it is. */
export const QuotasChangeSchema = Type.Object({
  startsPerSecond: Type.Optional(Type.Number({ minimum: 0, maximum: 10_000, description: 'Of each start operation; 0 lifts the limit.' })),
  startsBurst: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'How many may come at once.' })),
  activeCalls: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  activeChats: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 }))
}, { additionalProperties: false })
export type QuotasChange = Static<typeof QuotasChangeSchema>

/** The quotas of an instance, which the control API can change while it runs. */
export function createQuotas (own: ConnectLimits) {
  let current = own

  return {
    rateOf: (operation: string): RateLimit | undefined => current.rates[operation],
    maxActive: (channel: 'VOICE' | 'CHAT'): number => channel === 'CHAT' ? current.maxActiveChats : current.maxActiveCalls,
    set ({ startsPerSecond, startsBurst, activeCalls, activeChats }: QuotasChange): void {
      const rates = { ...current.rates }
      for (const operation of STARTS) {
        const rate = { ...rates[operation] ?? own.rates[operation] ?? { perSecond: 0, burst: 5 } }
        if (startsPerSecond !== undefined) rate.perSecond = startsPerSecond
        if (startsBurst !== undefined) rate.burst = startsBurst
        if (rate.perSecond === 0) delete rates[operation]
        else rates[operation] = rate
      }
      current = { rates, maxActiveCalls: activeCalls ?? current.maxActiveCalls, maxActiveChats: activeChats ?? current.maxActiveChats }
    },
    show () {
      const rate = current.rates[STARTS[0]]
      return { startsPerSecond: rate?.perSecond ?? 0, startsBurst: rate?.burst ?? null, activeCalls: current.maxActiveCalls, activeChats: current.maxActiveChats }
    },
    /** Back to what the instance was made with. */
    reset (): void {
      current = own
    }
  }
}
