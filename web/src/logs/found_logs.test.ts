import { expect, test } from 'vitest'
import type { FoundInLogs, RunLogMatch } from '../api/logs'
import { foundLogs, shownLines } from './found_logs'
import { readLogsSearch } from './logs_search'

const match = (line: number, more: Partial<RunLogMatch> = {}): RunLogMatch =>
  ({
    run: 'a',
    handle: '7Q2M',
    project: 'home',
    attempt: 1,
    offset: 0,
    line,
    source: 'stdout',
    state: 1,
    overwritten: false,
    at: line,
    text: `match ${line}`,
    ...more,
  }) as RunLogMatch

const page = (matches: RunLogMatch[]): FoundInLogs =>
  ({ schema: 'hven.found_in_logs/1', matches, runs_searched: 0, runs_total: 0 }) as unknown as FoundInLogs

test('matches of one log stand together, also when two answers have them', () => {
  const logs = foundLogs([
    page([match(1), match(2)]),
    page([match(3), match(1, { run: 'b' }), match(1, { attempt: 2 })]),
  ])
  expect(logs.map(({ key, matches }) => [key, matches.map(({ line }) => line)])).toEqual([
    ['a.1', [1, 2, 3]],
    ['b.1', [1]],
    ['a.2', [1]],
  ])
})

test('no line is shown twice, and a line with a match is shown as a match', () => {
  const near = (...lines: number[]) => lines.map((line) => ({ line, text: `line ${line}` }))
  const lines = shownLines([
    match(5, { before: near(3, 4), after: near(6, 7) }),
    match(7, { before: near(5, 6), after: near(8, 9) }),
    match(8, { source: 'stderr', before: near(7), after: [] }),
  ])
  expect(lines.map(({ line, match: found }) => `${line}${found ? '*' : ''}`)).toEqual([
    ...['3', '4', '5*', '6', '7*', '8', '9'],
    // Another output.
    ...['7', '8*'],
  ])
})

test('the lines after a line with several states follow its last match', () => {
  const after = [{ line: 2, text: 'line 2' }]
  const lines = shownLines([match(1, { after }), match(1, { state: 2, text: 'state 2', after })])
  expect(lines.map(({ text }) => text)).toEqual(['match 1', 'state 2', 'line 2'])
})

test('lines without a number are shown', () => {
  const lines = shownLines([match(5, { before: [{ text: 'somewhere' }] })])
  expect(lines.map(({ text }) => text)).toEqual(['somewhere', 'match 5'])
})

test('the address holds the search', () => {
  expect(
    readLogsSearch({ q: 'NaN', regex: true, ignore_case: true, context: 2, project: 'astro', where: 'a > 1' }),
  ).toEqual({ q: 'NaN', regex: true, ignore_case: true, context: 2, project: 'astro', where: 'a > 1' })
  expect(readLogsSearch({ q: 404, regex: 'x', context: 99 })).toEqual({ q: '404', context: 10 })
  expect(readLogsSearch({ q: '', context: -1 })).toEqual({})
})
