/** Names under which integrations carry a card's security code, PIN or track; the words between underscores count. */
const SECRET_NAMES = /cvv|cvc|cvn|(?:^|_)track_?[123](?!\d)|(?:^|_)card_verification|(?:^|_)(?:csc|cid|cav\d?|pin|pin_?block|card_?code|(?:card_?)?(?:security|verification|validation)_?(?:code|value|number))(?:_|$)/i
/** What each of them holds, however it is written: nearly no name does, and a name is taken apart only then. */
const MAY_BE_SECRET = /cv[vcn]|track|verif|csc|cid|cav|pin|code|secur|valid/i

/**
 * Whether a variable holds what may never be kept, even for a moment: a security code, a PIN or a track.
 * A result letter (`M`, `N`, `V`) may stand there, a digit never. Source: PCI DSS 4.0.1, 3.3.1.
 */
export function holdsSecurityCode (name: string, value: string): boolean {
  return MAY_BE_SECRET.test(name) && SECRET_NAMES.test(name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/([A-Z]+\d?)([A-Z][a-z])/g, '$1_$2')) && /\p{Nd}/u.test(value)
}
