type Weights = Readonly<Record<string, number>>

/** How one kind of buyer, honest or not, tends to act. Shares are probabilities, 0 to 1. */
export interface Behaviour {
  name: string
  /** Share among all honest, or among all fraudulent, transactions. */
  share: number
  /** The amount: log-normal, around a multiple of the card's usual amount, or around a fixed sum in euro. */
  amount: { around: 'usual' | 'fixed', median: number, sigma: number }
  /** Sums like 100.00 or 500.00, as gift cards cost. */
  roundAmountShare: number
  /** Between 03:00 and 10:00 UTC, when most of the cardholders sleep. */
  nightShare: number
  /** The address lies in ranges that hosting companies hold, as VPNs and bots do. */
  hostingShare: number
  freeMailShare: number
  throwAwayShare: number
  /** Digits in the e-mail address's local part. */
  emailDigitsShare: number
  /** The e-mail address shows nothing of the applicant's name. */
  strangerEmailShare: number
  /** The postal code does not lie in the billing state. */
  postalMismatchShare: number
  /** A suite or box, as parcel forwarders have. */
  suiteShare: number
  /** Typed by a script: name in lower case, keyboard mash for a city, bare digits for a phone. */
  sloppyShare: number
  /** Merchants whose goods are easily resold (groups 3, 6 and 7). */
  resaleMerchantShare: number
  /** Result letters: M match, N no match, P not processed, S should be present, U issuer unable, V not verified. */
  cvv: Weights
  /** A on file and alike, B blank or differing, C captured now. */
  signature: Weights
  /** E e-commerce, M mail order, R recurring, T telephone order. */
  type: Weights
  /** A app, K call centre, U unknown, W web. */
  env: Weights
}

const EVERYDAY: Behaviour = {
  name: 'everyday',
  share: 0.66,
  amount: { around: 'usual', median: 1, sigma: 0.55 },
  roundAmountShare: 0.04,
  nightShare: 0.1,
  hostingShare: 0.05,
  freeMailShare: 0.7,
  throwAwayShare: 0.01,
  emailDigitsShare: 0.4,
  strangerEmailShare: 0.3,
  postalMismatchShare: 0.04,
  suiteShare: 0.12,
  sloppyShare: 0.03,
  resaleMerchantShare: 0.28,
  cvv: { M: 84, P: 5, U: 4, V: 3, N: 2, S: 2 },
  signature: { A: 66, B: 16, C: 18 },
  type: { E: 74, R: 14, T: 8, M: 4 },
  env: { W: 52, A: 34, U: 9, K: 5 }
}

/** Honest behaviours; each of them carries some of the signs of a fraud, and none of them all. */
export const HONEST_BEHAVIOURS: readonly Behaviour[] = [
  EVERYDAY,
  { ...EVERYDAY, name: 'traveller', share: 0.09, nightShare: 0.5, hostingShare: 0.5, amount: { around: 'usual', median: 1.6, sigma: 0.7 }, cvv: { M: 76, P: 8, U: 8, V: 4, N: 4 } },
  { ...EVERYDAY, name: 'gift sender', share: 0.07, postalMismatchShare: 0.65, suiteShare: 0.35, strangerEmailShare: 0.45, resaleMerchantShare: 0.6, roundAmountShare: 0.25, amount: { around: 'usual', median: 1.7, sigma: 0.6 } },
  { ...EVERYDAY, name: 'telephone buyer', share: 0.07, type: { T: 80, M: 15, E: 5 }, env: { U: 50, K: 45, W: 5 }, cvv: { M: 48, V: 22, P: 20, N: 6, S: 4 }, signature: { A: 35, B: 55, C: 10 } },
  { ...EVERYDAY, name: 'big purchase', share: 0.06, amount: { around: 'usual', median: 11, sigma: 0.9 }, strangerEmailShare: 0.2, nightShare: 0.05, hostingShare: 0.03 },
  { ...EVERYDAY, name: 'small change', share: 0.05, amount: { around: 'fixed', median: 1.6, sigma: 0.6 }, roundAmountShare: 0, type: { E: 80, R: 20 } }
]

/** Fraudulent behaviours. */
export const FRAUD_BEHAVIOURS: readonly Behaviour[] = [
  {
    ...EVERYDAY,
    name: 'card testing',
    share: 0.27,
    amount: { around: 'fixed', median: 1.5, sigma: 0.55 },
    roundAmountShare: 0,
    nightShare: 0.45,
    hostingShare: 0.6,
    throwAwayShare: 0.3,
    emailDigitsShare: 0.75,
    strangerEmailShare: 0.75,
    postalMismatchShare: 0.25,
    sloppyShare: 0.4,
    cvv: { N: 44, M: 18, P: 16, U: 12, S: 10 },
    signature: { A: 30, B: 50, C: 20 },
    type: { E: 94, T: 4, M: 2 },
    env: { W: 60, U: 34, A: 6 }
  },
  {
    ...EVERYDAY,
    name: 'account takeover',
    share: 0.36,
    amount: { around: 'usual', median: 17, sigma: 1.1 },
    roundAmountShare: 0.2,
    nightShare: 0.5,
    hostingShare: 0.5,
    freeMailShare: 0.85,
    throwAwayShare: 0.15,
    emailDigitsShare: 0.75,
    strangerEmailShare: 0.8,
    postalMismatchShare: 0.3,
    suiteShare: 0.3,
    resaleMerchantShare: 0.6,
    cvv: { M: 30, N: 24, V: 22, P: 14, U: 10 },
    signature: { A: 30, B: 60, C: 10 },
    type: { E: 58, T: 38, M: 4 },
    env: { W: 38, U: 36, A: 16, K: 10 }
  },
  {
    ...EVERYDAY,
    name: 'reshipping',
    share: 0.27,
    amount: { around: 'usual', median: 5, sigma: 0.7 },
    roundAmountShare: 0.1,
    nightShare: 0.3,
    hostingShare: 0.4,
    freeMailShare: 0.9,
    throwAwayShare: 0.05,
    emailDigitsShare: 0.65,
    strangerEmailShare: 0.75,
    postalMismatchShare: 0.75,
    suiteShare: 0.7,
    resaleMerchantShare: 0.85,
    cvv: { M: 62, V: 12, N: 10, P: 10, U: 6 },
    signature: { A: 42, B: 42, C: 16 },
    env: { W: 55, U: 25, A: 15, K: 5 }
  },
  {
    ...EVERYDAY,
    name: 'quiet',
    share: 0.1,
    amount: { around: 'usual', median: 2, sigma: 0.6 },
    hostingShare: 0.25,
    strangerEmailShare: 0.65,
    resaleMerchantShare: 0.55,
    signature: { A: 45, B: 40, C: 15 }
  }
]
