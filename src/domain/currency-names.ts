/** One and several of a currency, one and several of its sub-unit; a currency without one has no sub-unit. */
export type CurrencyNames = readonly [one: string, several: string, subOne?: string, subSeveral?: string]

/** Languages in which amounts are spoken as people say them. */
export type SpokenLanguage = 'en' | 'de' | 'es'

/** What the common currencies are called; in German in the accusative, which "eine Zahlung über" asks for. The rest is left to the runtime's ICU data, which knows no sub-units. */
export const CURRENCY_NAMES: Readonly<Record<string, Readonly<Record<SpokenLanguage, CurrencyNames>>>> = {
  EUR: { en: ['euro', 'euros', 'cent', 'cents'], de: ['Euro', 'Euro', 'Cent', 'Cent'], es: ['euro', 'euros', 'céntimo', 'céntimos'] },
  USD: { en: ['dollar', 'dollars', 'cent', 'cents'], de: ['US-Dollar', 'US-Dollar', 'Cent', 'Cent'], es: ['dólar', 'dólares', 'centavo', 'centavos'] },
  GBP: { en: ['pound', 'pounds', 'penny', 'pence'], de: ['britisches Pfund', 'britische Pfund', 'Penny', 'Pence'], es: ['libra esterlina', 'libras esterlinas', 'penique', 'peniques'] },
  CHF: { en: ['Swiss franc', 'Swiss francs', 'centime', 'centimes'], de: ['Schweizer Franken', 'Schweizer Franken', 'Rappen', 'Rappen'], es: ['franco suizo', 'francos suizos', 'céntimo', 'céntimos'] },
  CAD: { en: ['Canadian dollar', 'Canadian dollars', 'cent', 'cents'], de: ['kanadischen Dollar', 'kanadische Dollar', 'Cent', 'Cent'], es: ['dólar canadiense', 'dólares canadienses', 'centavo', 'centavos'] },
  AUD: { en: ['Australian dollar', 'Australian dollars', 'cent', 'cents'], de: ['australischen Dollar', 'australische Dollar', 'Cent', 'Cent'], es: ['dólar australiano', 'dólares australianos', 'centavo', 'centavos'] },
  NZD: { en: ['New Zealand dollar', 'New Zealand dollars', 'cent', 'cents'], de: ['neuseeländischen Dollar', 'neuseeländische Dollar', 'Cent', 'Cent'], es: ['dólar neozelandés', 'dólares neozelandeses', 'centavo', 'centavos'] },
  JPY: { en: ['yen', 'yen'], de: ['Yen', 'Yen'], es: ['yen', 'yenes'] },
  SEK: { en: ['Swedish krona', 'Swedish kronor', 'öre', 'öre'], de: ['schwedische Krone', 'schwedische Kronen', 'Öre', 'Öre'], es: ['corona sueca', 'coronas suecas', 'öre', 'öre'] },
  NOK: { en: ['Norwegian krone', 'Norwegian kroner', 'øre', 'øre'], de: ['norwegische Krone', 'norwegische Kronen', 'Öre', 'Öre'], es: ['corona noruega', 'coronas noruegas', 'øre', 'øre'] },
  DKK: { en: ['Danish krone', 'Danish kroner', 'øre', 'øre'], de: ['dänische Krone', 'dänische Kronen', 'Öre', 'Öre'], es: ['corona danesa', 'coronas danesas', 'øre', 'øre'] },
  PLN: { en: ['Polish zloty', 'Polish zlotys', 'grosz', 'groszy'], de: ['polnischen Zloty', 'polnische Zloty', 'Grosz', 'Groszy'], es: ['esloti polaco', 'eslotis polacos', 'grosz', 'groszy'] },
  MXN: { en: ['Mexican peso', 'Mexican pesos', 'centavo', 'centavos'], de: ['mexikanischen Peso', 'mexikanische Pesos', 'Centavo', 'Centavos'], es: ['peso mexicano', 'pesos mexicanos', 'centavo', 'centavos'] },
  KWD: { en: ['Kuwaiti dinar', 'Kuwaiti dinars', 'fils', 'fils'], de: ['Kuwait-Dinar', 'Kuwait-Dinar', 'Fils', 'Fils'], es: ['dinar kuwaití', 'dinares kuwaitíes', 'fils', 'fils'] }
}
