import { expect, test } from 'vitest'
import { ApiError } from '../api/error'
import { text } from '../messages/catalogue'
import { setLanguage } from '../messages/language'
import { actOnAll, refusalReason, shownHandles } from './bulk'

const denied = () => new ApiError(403, 'access.denied', 'you may not do that', 'ask an owner')

test('a refused run does not stop the others', async () => {
  const handles = Array.from({ length: 20 }, (_, at) => `R${at}`)
  let atOnce = 0
  let most = 0
  const outcome = await actOnAll(
    handles,
    async (handle) => {
      atOnce += 1
      most = Math.max(most, atOnce)
      await Promise.resolve()
      atOnce -= 1
      if (handle === 'R3' || handle === 'R17') throw denied()
      if (handle === 'R4') throw new ApiError(409, 'conflict', 'run R4 has not ended', '')
    },
    (error) => refusalReason(error, text),
    [
      { reason: 'They have not ended.', handles: ['L1'] },
      { reason: 'of none', handles: [] },
    ],
  )
  expect(outcome.done).toHaveLength(17)
  expect(outcome.refused).toEqual([
    { reason: 'They have not ended.', handles: ['L1'] },
    { reason: 'You may not do that.', handles: ['R3', 'R17'] },
    { reason: 'run R4 has not ended', handles: ['R4'] },
  ])
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(8)
})

test('a reason is given in the reader’s language', () => {
  expect(refusalReason(new TypeError('odd'), text)).toBe('TypeError: odd')
  expect(refusalReason(new ApiError(500, 'unheard_of', 'a new case', ''), text)).toBe('a new case')
  setLanguage('zh')
  expect(refusalReason(denied(), text)).toBe('您无权执行此操作。')
  setLanguage('en')
})

test('the first of many refused runs are named', () => {
  expect(shownHandles(['A', 'B'])).toBe('A, B')
  expect(shownHandles(['A', 'B', 'C', 'D', 'E', 'F'])).toBe('A, B, C, D, E …')
})
