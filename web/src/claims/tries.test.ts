import { expect, test } from 'vitest'
import type { Judgement } from '../api/types'
import { text } from '../messages/catalogue'
import { heldOut, tried } from './tries'

const script = { kind: 'script', name: 'fit.py', of: null }
const ledger: Judgement['ledger'] = {
  runs: 4,
  designs: 0,
  hold_out_reads: 0,
  counted: 'by_question',
  questions: [script],
  is_newest: true,
  hold_outs: 0,
  said: '',
}

test('the sentence names the judged run among the runs of its question', () => {
  expect(tried(ledger, text)).toBe('The newest of 4 runs of the script fit.py in its project')
  expect(tried({ ...ledger, is_newest: false }, text)).toBe('One of 4 runs of the script fit.py in its project')
  expect(tried({ ...ledger, runs: 1 }, text)).toBe('The only run of the script fit.py in its project')
  const law = { kind: 'recipe', name: 'law', of: 'period' }
  expect(tried({ ...ledger, questions: [script, law] }, text)).toBe(
    '4 runs of the script fit.py and the recipe law for period in their projects',
  )
})

test('tries that were not counted are unknown', () => {
  expect(tried({ ...ledger, counted: 'not_known' }, text)).toBe('How much was tried before is not known')
  expect(tried({ ...ledger, counted: 'by_name', questions: [], runs: 1 }, text)).toBe(
    '1 run of its name; how much was tried under other names is not known',
  )
})

test('readings of a hold-out are mentioned only where there is a hold-out', () => {
  expect(heldOut(ledger, text)).toBeUndefined()
  expect(heldOut({ ...ledger, hold_outs: 1 }, text)).toBe('0 readings of what is held out are recorded')
  expect(heldOut({ ...ledger, hold_outs: null, hold_out_reads: 1 }, text)).toBe(
    '1 reading of what is held out is recorded',
  )
  expect(heldOut({ ...ledger, hold_outs: null }, text)).toBeUndefined()
})
