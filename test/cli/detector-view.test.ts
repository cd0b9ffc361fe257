import t from 'tap'
import { profileText } from '../../src/cli/detector-view.ts'
import { profileCsv } from '../../src/detector/csv-profile.ts'
import { checkTrainingData } from '../../src/detector/training-data-check.ts'

const CARD = '4111111111111111'

async function shownOf (csv: string): Promise<string> {
  const profile = await profileCsv((async function * () { yield Buffer.from(csv) })())
  return profileText(profile, undefined, checkTrainingData(profile, []))
}

t.test('profileText tells of a file without a header that it has none, and nothing of what it holds', async (t) => {
  t.equal(await shownOf(`legit,${CARD},Jane Doe\nfraud,${CARD},Jane Doe\n`),
    'refusal: the file has no header: its first row names neither EVENT_LABEL nor EVENT_TIMESTAMP; both must be there, in capitals')
})

t.test('profileText shows no name and no label that may be a value of the data', async (t) => {
  const shown = await shownOf([
    `EVENT_LABEL,EVENT_TIMESTAMP,amount,${CARD},Jane Doe,Jane Doe,4111_1111_1111_1112`,
    `${CARD},2026-01-02T03:04:05Z,1,a,b,c,d`,
    'Jane Doe,2026-01-02T03:04:05Z,2,a,b,c,d',
    'legit,2026-01-02T03:04:05Z,3,a,b,c,d'
  ].join('\n'))
  t.notMatch(shown, /4111|Jane/)
  t.match(shown, /^amount /m)
  t.match(shown, /^column 4 /m)
  t.match(shown, /refusal: column 4 has 12 digits or more in its name/)
  t.match(shown, /refusal: column 5 stands in the header more than once/)
  t.match(shown, /labels: \(not shown\) 1 .*legit 1/)
})
