// A parameter of an earlier attempt stands under that attempt and is not a parameter of the run.
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import type { RunDetail } from '../api/types'
import { ParamsPart } from './ParamsPart'

afterEach(cleanup)

const run = (params: object, ...attempts: object[]) =>
  ({
    params,
    attempt_list: attempts.map((noted, index) => ({ number: index + 1, params: noted })),
  }) as unknown as RunDetail

const rows = () => screen.getAllByRole('row', { hidden: true }).map((row) => row.textContent)

test('parameters of an earlier attempt stand apart', () => {
  const { container } = render(<ParamsPart run={run({ lr: 0.1 }, { lr: 0.9, seed: 7 }, {})} />)
  expect(rows()).toEqual(['ParameterValue', 'lr0.1Copy', 'ParameterValue', 'lr0.9Copy', 'seed7Copy'])
  const summaries = [...container.querySelectorAll('summary')].map((summary) => summary.textContent)
  expect(summaries).toEqual([
    'Parameters of attempt 1, which was followed by another: they are not parameters of the run',
  ])
})

test('a run without parameters shows how to log one, also when an earlier attempt has some', () => {
  const { container } = render(<ParamsPart run={run({}, { lr: 0.9 }, {})} />)
  expect(container.textContent).toContain('hven log param lr=0.1')
  expect(rows()).toEqual(['ParameterValue', 'lr0.9Copy'])
})
