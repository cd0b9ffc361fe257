/** How a text travels: its alphabet, its length in that alphabet's units, and the messages that it is cut into. */
export interface TextEncoding {
  alphabet: 'GSM-7' | 'UCS-2'
  /** Septets or 16-bit units. */
  units: number
  segments: number
}

/** The default alphabet of 3GPP TS 23.038, 6.2.1. */
const GSM_BASIC = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà')
/** Its extension table: these take two septets. */
const GSM_EXTENDED = new Set('\f^{}\\[~]|€')

/** Measures a text message: 160 septets or 70 units in one message, 153 or 67 in each of several (3GPP TS 23.040). */
export function measureText (text: string): TextEncoding {
  const characters = [...text]
  if (characters.every(character => GSM_BASIC.has(character) || GSM_EXTENDED.has(character))) {
    const units = characters.reduce((sum, character) => sum + (GSM_EXTENDED.has(character) ? 2 : 1), 0)
    return { alphabet: 'GSM-7', units, segments: units <= 160 ? 1 : Math.ceil(units / 153) }
  }
  return { alphabet: 'UCS-2', units: text.length, segments: text.length <= 70 ? 1 : Math.ceil(text.length / 67) }
}
