import t from 'tap'
import { attemptLifeMs, CHANNELS, DEFAULT_POLICY } from '../../src/domain/policy.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

t.test("DEFAULT_POLICY is the design's, word for word", async (t) => {
  t.same(DEFAULT_POLICY.ladder, [
    { channel: 'voice', delayMs: 0 },
    { channel: 'sms', delayMs: 5 * MINUTE_MS },
    { channel: 'voice', delayMs: 3 * HOUR_MS }
  ], 'voice at once; SMS 5 minutes later; voice 3 hours later')
  t.same(DEFAULT_POLICY.callingWindow, { fromMinute: 480, toMinute: 1260 }, '08:00-21:00')
  t.equal(DEFAULT_POLICY.quietMs, 60 * MINUTE_MS, 'no new case for 60 minutes after genuine')
  t.equal(DEFAULT_POLICY.nobodyReached, 'leave', 'the card is left as it is')
  t.equal(DEFAULT_POLICY.investigateOpensCase, false, 'investigate opens no case')
})

t.test('DEFAULT_POLICY stays within what the law and Amazon Connect allow', async (t) => {
  t.ok(DEFAULT_POLICY.ladder.length <= 3, 'at most 3 contacts per case')
  t.ok(DEFAULT_POLICY.ladder.reduce((sum, { delayMs }) => sum + delayMs, 0) <= 72 * HOUR_MS, 'in 72 h')
  t.ok(DEFAULT_POLICY.ringMs >= 15 * SECOND_MS && DEFAULT_POLICY.ringMs <= 60 * SECOND_MS, 'RingTimeoutInSeconds is 15 to 60')
  t.ok(DEFAULT_POLICY.ladder.every(({ channel }) => CHANNELS.includes(channel)), 'only known channels')
})

t.test('DEFAULT_POLICY agrees with itself', async (t) => {
  const { thresholds, attemptMs, ringMs, submissionMs, retryMs, giveUpMs, quietScoreMargin, unscoredOutcome } = DEFAULT_POLICY
  t.same(thresholds, { fraudAbove: 860, investigateAbove: 775 })
  t.equal(unscoredOutcome, 'investigate')
  t.ok(thresholds.investigateAbove <= thresholds.fraudAbove && thresholds.fraudAbove <= 1000)
  t.ok(quietScoreMargin >= 0 && quietScoreMargin <= 1000)
  t.ok(attemptMs > ringMs, 'the watchdog does not end a call that still rings')
  t.ok(attemptMs > submissionMs, 'a submission without a word is reconciled before the watchdog ends it')
  t.ok(retryMs < submissionMs && giveUpMs > attemptMs)
})

t.test('attemptLifeMs: a call is over in minutes, a text waits for its reply and the news that none came', async (t) => {
  const policy = { ...DEFAULT_POLICY, attemptMs: 240_000, smsReplyMs: 3_600_000 }
  t.equal(attemptLifeMs(policy, 'voice'), 240_000)
  t.equal(attemptLifeMs(policy, 'sms'), 3_720_000)
})
