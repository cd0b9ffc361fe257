import t from 'tap'
import { createProgress } from '../../src/cli/progress-line.ts'

function setUp (isTTY: boolean) {
  const written: string[] = []
  const world = { nowMs: 0 }
  const progress = createProgress({ stream: { isTTY, columns: 30, write: (text: unknown) => written.push(String(text)) > 0 }, nowMs: () => world.nowMs })
  t.teardown(() => { progress.clear() })
  return { world, progress, written }
}

t.test('createProgress: on a terminal there is one live line with the time since the beginning, which a note takes away', async (t) => {
  const { world, progress, written } = setUp(true)
  progress.doing('upload', 'upload: 0.1 MB')
  world.nowMs = 65_000
  progress.doing('training', 'training model version 1.0 for a long while')
  progress.note('made    training')
  progress.clear()
  t.same(written, ['00:00  upload: 0.1 MB', '\r\u001B[2K', '01:05  training model version', '\r\u001B[2K', '01:05  made    training\n'])
})

t.test('createProgress: without a terminal each step is one plain line, however often it says how far it is, and a long wait one a minute', async (t) => {
  const { world, progress, written } = setUp(false)
  progress.doing('upload', 'upload')
  for (const megabytes of [1, 2, 3]) progress.doing('upload', `upload: ${megabytes} MB`)
  world.nowMs = 3_725_000
  progress.doing('labels', 'labels')
  progress.doing('training', 'training model version 1.0')
  world.nowMs += 61_000
  progress.doing('training', 'training model version 1.0')
  progress.note('made    training')
  t.same(written, ['00:00  upload: 1 MB\n', '1:02:05  training model version 1.0\n', '1:03:06  training model version 1.0\n', '1:03:06  made    training\n'])
})
