import { expect, test } from 'vitest'
import type { RepairPlan } from '../api/types'
import { driveRepair } from './repair_drive'

const plan = (progress: string, goes_on: boolean) => ({ goes_on, steps: [{ progress }] }) as RepairPlan
const away = new Error('away')

/** Drives a repair whose server answers so; gives what it was asked, shown and how long it waited. */
async function driven(answers: (RepairPlan | Error)[], again = true, stopAfter = Number.POSITIVE_INFINITY) {
  const asked: boolean[] = []
  const shown: string[] = []
  const pauses: number[] = []
  const drive = driveRepair(
    {
      proceed: async (tryFailed) => {
        asked.push(tryFailed)
        const answer = answers.shift()
        if (answer === undefined) throw new Error('asked too often')
        if (answer instanceof Error) throw answer
        return answer
      },
      onPlan: ({ steps }) => shown.push(steps[0]?.progress ?? ''),
      isPassing: (error) => error === away,
      pause: async (pause_ms) => void pauses.push(pause_ms),
      isStopped: () => asked.length >= stopAfter,
    },
    again,
  )
  return { error: await drive.catch((error: Error) => error.message), asked, shown, pauses }
}

test('it is asked until nothing goes on, and tries what failed before only once', async () => {
  const { asked, shown } = await driven([plan('ready', true), plan('running', true), plan('done', false)])
  expect(asked).toEqual([true, false, false])
  expect(shown).toEqual(['ready', 'running', 'done'])
})

test('it is asked more seldom as long as nothing changes', async () => {
  const running = Array.from({ length: 6 }, () => plan('running', true))
  const { pauses } = await driven([...running, plan('failed', true), plan('failed', false)])
  expect(pauses).toEqual([200, 400, 800, 1600, 2000, 2000, 200])
})

test('a server that is away for a moment is asked again, with the same wish', async () => {
  const { asked, shown, error } = await driven([away, away, plan('done', false)])
  expect(error).toBeUndefined()
  expect(asked).toEqual([true, true, true])
  expect(shown).toEqual(['done'])
})

test('what was refused ends it', async () => {
  expect((await driven([plan('running', true), new Error('refused')])).error).toBe('refused')
})

test('a page that is left stops it', async () => {
  const { asked, shown } = await driven([plan('running', true), plan('running', true)], false, 2)
  expect(asked).toEqual([false, false])
  expect(shown).toEqual(['running'])
})
