/** A letter, and right after it what it is written as. */
const LETTERS = [
  // Cyrillic
  'аa бb вv гg дd еe ёe жzh зz иi йy кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ ыy ь эe юyu яya',
  'єye іi їyi ґg ўu ђdj јj љlj њnj ћc џdz ѓg ќk ѕdz',
  // Greek
  'αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo',
  // Latin letters that are no accented form of another one
  'łl đd ðd þth œoe ħh ŋn ıi ĸk ŧt ſs'
].join(' ').split(' ')
const SIGNS = "‘' ’' ‚' ʼ' `' ´' “\" ”\" „\" «\" »\" ‐- ‑- –- —- −- •- …... ×x ·.".split(' ')

/** What a character that text messages lack is written as, one by one; capital letters as the small ones. */
export const TRANSLITERATIONS: Readonly<Record<string, string>> = Object.fromEntries([
  ...LETTERS.map(([letter = '', ...latin]) => [letter.toUpperCase(), capital(latin.join(''))]),
  ...[...LETTERS, ...SIGNS].map(([character = '', ...latin]) => [character, latin.join('')])
])

function capital (text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
