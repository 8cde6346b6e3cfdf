// What an earlier attempt noted stands under it, and is none of the parameters of the run.
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

test('parameters of an attempt that another followed stand apart', () => {
  const { container } = render(<ParamsPart run={run({ lr: 0.1 }, { lr: 0.9, seed: 7 }, {})} />)
  expect(rows()).toEqual(['ParameterValue', 'lr0.1Copy', 'ParameterValue', 'lr0.9Copy', 'seed7Copy'])
  const summaries = [...container.querySelectorAll('summary')].map((summary) => summary.textContent)
  expect(summaries).toEqual(['Parameters of attempt 1, which another followed: they do not count for the run'])
})

test('a run without parameters says how to note one, whatever an earlier attempt noted', () => {
  const { container } = render(<ParamsPart run={run({}, { lr: 0.9 }, {})} />)
  expect(container.textContent).toContain('hven log param lr=0.1')
  expect(rows()).toEqual(['ParameterValue', 'lr0.9Copy'])
})
