const STATES_BY_ZONE = {
  0: 'CT Connecticut,MA Massachusetts,ME Maine,NH New Hampshire,NJ New Jersey,RI Rhode Island,VT Vermont',
  1: 'DE Delaware,NY New York,PA Pennsylvania',
  2: 'DC District of Columbia,MD Maryland,NC North Carolina,SC South Carolina,VA Virginia,WV West Virginia',
  3: 'AL Alabama,FL Florida,GA Georgia,MS Mississippi,TN Tennessee',
  4: 'IN Indiana,KY Kentucky,MI Michigan,OH Ohio',
  5: 'IA Iowa,MN Minnesota,MT Montana,ND North Dakota,SD South Dakota,WI Wisconsin',
  6: 'IL Illinois,KS Kansas,MO Missouri,NE Nebraska',
  7: 'AR Arkansas,LA Louisiana,OK Oklahoma,TX Texas',
  8: 'AZ Arizona,CO Colorado,ID Idaho,NM New Mexico,NV Nevada,UT Utah,WY Wyoming',
  9: 'AK Alaska,CA California,HI Hawaii,OR Oregon,WA Washington'
} as const

/** A state of the United States (or the federal district) and the first digit of its ZIP codes. */
export interface UsState {
  /** Two upper-case letters. */
  code: string
  name: string
  /** `0` to `9`. Source: United States Postal Service, ZIP Code national areas. */
  postalZone: string
}

/** The fifty states and the federal district. */
export const US_STATES: readonly UsState[] = Object.entries(STATES_BY_ZONE).flatMap(([postalZone, states]) =>
  states.split(',').map((state) => ({ code: state.slice(0, 2), name: state.slice(3), postalZone })))

const BY_TEXT: ReadonlyMap<string, UsState> = new Map(US_STATES.flatMap((state) =>
  [[state.code.toLowerCase(), state], [state.name.toLowerCase(), state]]))

/** Finds a state by its name or its two letters, in any case. */
export function findUsState (text: string): UsState | undefined {
  return BY_TEXT.get(text.trim().toLowerCase())
}
