// The page of an array: its numbers, the grid of states, failures, tasks, and what members can do with it.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import {
  type ArrayDetail,
  type ArrayFailures,
  type ArrayGrid,
  type ArrayPoints,
  type ArraySummary,
  type ArrayTask,
  arrayKeys,
  type TaskCounts,
} from '../api/arrays'
import { keys } from '../api/keys'
import type { Me } from '../api/types'
import { setLanguage } from '../messages/language'
import { ShownArray } from './ArrayPage'
import type { ArraySearch } from './array_search'

vi.mock('@tanstack/react-router', async (original) => ({
  ...(await original<typeof import('@tanstack/react-router')>()),
  useNavigate: () => () => undefined,
  Link: ({ children, to, params = {} }: { children: React.ReactNode; to: string; params: Record<string, string> }) => (
    <a href={to.replace(/\$(\w+)/g, (_, name) => String(params[name]))}>{children}</a>
  ),
}))

afterEach(() => {
  cleanup()
  setLanguage('en')
  vi.unstubAllGlobals()
})

const counts = (more: Partial<TaskCounts> = {}): TaskCounts => ({
  queued: 0,
  waiting: 0,
  running: 0,
  done: 0,
  failed: 0,
  cancelled: 0,
  ...more,
})

const summary = (more: Partial<ArraySummary> = {}): ArraySummary => ({
  id: '01a2',
  name: 'array/3',
  project: 'astro/kepler',
  command: "python3 sim.py '{i}'",
  state: 'incomplete',
  tasks: 4,
  counts: counts({ failed: 3, cancelled: 1 }),
  submitted_by: { kind: 'user', id: '01', name: 'Sophie' },
  submitted: '2026-01-01T00:00:00Z',
  ended: '2026-01-01T00:01:00Z',
  ...more,
})

const task = (number: number, state: string): ArrayTask => ({ task: number, state, values: { i: number } })
const failures: ArrayFailures = {
  schema: '',
  groups: [
    { outcome: 'failed with exit status 1', line: 'no\u202e data', count: 2, tasks: '1-2' },
    { outcome: 'lost', line: null, count: 1, tasks: '3' },
  ],
  read: 3,
  failed: 9,
}

interface ShowOptions {
  role?: string
  cells?: TaskCounts[]
  perCell?: number
  points?: ArrayPoints
  more?: Partial<ArrayDetail>
  failed?: ArrayFailures
}

function show(
  array: ArraySummary,
  { role = 'member', cells = [], perCell = 1, points, more = {}, failed = failures }: ShowOptions = {},
) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Number.POSITIVE_INFINITY } } })
  client.setQueryData(keys.me, { roles: [{ role, project: 'astro' }] } as Me)
  client.setQueryData(arrayKeys.grid('3'), { schema: '', tasks_per_cell: perCell, cells } satisfies ArrayGrid)
  client.setQueryData(arrayKeys.failures('3'), failed)
  if (points) client.setQueryData(arrayKeys.points('3', undefined), points)
  const items = [task(1, 'failed'), task(2, 'failed'), task(3, 'failed'), task(4, 'cancelled')]
  client.setQueryData(arrayKeys.tasks('3', {}), { pages: [{ schema: '', items }], pageParams: [undefined] })
  const detail: ArrayDetail = {
    schema: 'hven.array/1',
    array,
    axes: [{ kind: 'range', name: 'i', first: 1, step: 1, scale: 0, count: 4 }],
    argv: ['python3', 'sim.py', '{i}'],
    cwd: '',
    outputs: [],
    stop_when: 'failed > 5',
    ...more,
  }
  const changes: ArraySearch[] = []
  render(
    <QueryClientProvider client={client}>
      <ShownArray detail={detail} search={{}} onSearch={(change) => changes.push(change)} />
    </QueryClientProvider>,
  )
  return changes
}

const statuses = () => screen.getAllByRole('status').map((status) => status.textContent)
const cellsOf = () => within(screen.getByRole('toolbar')).getAllByRole('button')

test('the numbers of the tasks are in words, in both languages', () => {
  show(summary())
  expect(statuses()).toContain('4 tasks · 3 failed · 1 cancelled')
  expect(screen.getByText('i from 1 to 4 in steps of 1')).toBeDefined()
  expect(screen.getByText('failed > 5')).toBeDefined()
  expect(screen.getByText('a fresh folder for each task')).toBeDefined()
  cleanup()
  setLanguage('zh')
  show(summary())
  expect(statuses()).toContain('4 个任务 · 3 个失败 · 1 个已取消')
})

test('an array that could not go on says why, one that stopped itself names the rule', () => {
  const said = { code: 'workflow.manifest_lost', values: {}, text: 'its manifest is not in this home any more' }
  show(summary({ state: 'blocked', because: said.text, because_said: said, stopped_by: 'failed > 2' }))
  expect(screen.getByText('It could not go on: its manifest is not in this home any more.')).toBeDefined()
  expect(screen.getByText('It stopped itself, because failed > 2.')).toBeDefined()
})

test('tasks that ran other code than the array recorded are reported, in both languages', () => {
  const values = { count: 3, tasks: 4, first: 'array/3:2' }
  const said = { code: 'array.other_code', values, text: '3 of 4 tasks ran with other code' }
  const other_files = [{ what: 'code', tasks: 3, first: 'array/3:2', said }]
  show(summary({ other_files }))
  const english = '3 of 4 tasks ran with other code than the array recorded (first: array/3:2)'
  expect(screen.getByText(english)).toBeDefined()
  cleanup()
  setLanguage('zh')
  show(summary({ other_files }))
  expect(screen.getByText('4 个任务中有 3 个运行的代码与数组所记录的不同（第一个：array/3:2）')).toBeDefined()
})

test('members have results gathered again that were not', async () => {
  const sent: [string, unknown][] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    if (init.method !== 'POST') return new Promise(() => undefined)
    sent.push([url, JSON.parse(String(init.body))])
    return new Response('{}')
  })
  const array = summary({ gathers: 'results', not_gathered: 'the unit of los is given' })
  show(array, { role: 'viewer' })
  expect(screen.getByText('the unit of los is given')).toBeDefined()
  expect(screen.queryByRole('button', { name: 'Gather again' })).toBeNull()
  cleanup()
  show(array)
  fireEvent.click(screen.getByRole('button', { name: 'Gather again' }))
  await waitFor(() => expect(sent).toEqual([['/api/v1/arrays/01a2/gather', {}]]))
})

test('a metric that tasks did not log, or that was no number at last, is counted', () => {
  const point = (number: number, value: number | string) => ({ task: number, values: { i: number }, value })
  const points: ArrayPoints = {
    schema: '',
    metrics: ['loss'],
    metric: 'loss',
    points: [point(1, 0.5), point(2, 'NaN')],
    tasks: 4,
    truncated: false,
  }
  show(summary({ counts: counts({ done: 4 }) }), { points })
  expect(screen.getByText('1 value that is not finite is not drawn.')).toBeDefined()
  expect(screen.getByText('2 tasks that succeeded did not log it.')).toBeDefined()
})

test('a cell names its task and state, the arrow keys move between cells, and a click shows its row', () => {
  const cells = [counts({ done: 1 }), counts({ failed: 1 }), counts({ queued: 1 })]
  const changes = show(summary(), { cells })
  const [first, second] = cellsOf()
  expect(first?.title).toBe('array/3:1: Done')
  expect(cellsOf().map(({ tabIndex }) => tabIndex)).toEqual([0, -1, -1])
  first?.focus()
  fireEvent.keyDown(first as HTMLElement, { key: 'ArrowRight' })
  expect(document.activeElement).toBe(second)
  expect(cellsOf().map(({ tabIndex }) => tabIndex)).toEqual([-1, 0, -1])
  fireEvent.click(second as HTMLElement)
  expect(changes).toEqual([{ from: 2, state: undefined }])
})

test('a cell of many tasks has the numbers of its states, and shows the tasks in the worst one', () => {
  const cells = [counts({ done: 10 }), counts({ done: 7, failed: 3 })]
  const changes = show(summary(), { cells, perCell: 10 })
  const [, second] = cellsOf()
  expect(second?.title).toBe('array/3:11-20: 7 done · 3 failed')
  expect(second?.dataset.state).toBe('failed')
  fireEvent.click(second as HTMLElement)
  expect(changes).toEqual([{ from: 11, state: 'failed' }])
})

test('failures are grouped with their last lines as safe text', () => {
  const changes = show(summary())
  const table = screen.getByRole('table', { name: 'Failures by their last line' })
  const words = within(table)
    .getAllByRole('row')
    .slice(1)
    .map((row) => [...row.children].slice(0, 4).map(({ textContent }) => textContent))
  expect(words).toEqual([
    ['2', 'no\\u{202e} data', 'failed with exit status 1', '1-2'],
    ['1', 'no line', 'lost', '3'],
  ])
  expect(screen.getByText('Made of the first 3 of 9 failed tasks.')).toBeDefined()
  fireEvent.click(within(table).getByRole('button', { name: /Show the failed tasks from array\/3:3 on/ }))
  expect(changes).toEqual([{ from: 3, state: 'failed' }])
})

test('members have tasks run again or cancel, after a question; viewers cannot', async () => {
  const sent: [string, unknown][] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    if (init.method === 'POST') sent.push([url, JSON.parse(String(init.body))])
    return new Response('{}')
  })
  const press = async (name: string) => {
    fireEvent.click(screen.getByRole('button', { name }))
    const dialog = await screen.findByRole('alertdialog')
    fireEvent.click(within(dialog).getByRole('button', { name }))
  }
  show(summary(), { role: 'viewer' })
  expect(screen.queryByRole('button', { name: /again|Cancel/ })).toBeNull()
  cleanup()
  show(summary())
  await press('Run failed again')
  await waitFor(() => expect(sent).toEqual([['/api/v1/arrays/01a2/retry', {}]]))
  cleanup()
  show(summary())
  await press('Run failed and cancelled again')
  await waitFor(() => expect(sent[1]).toEqual(['/api/v1/arrays/01a2/retry', { cancelled: true }]))
  cleanup()
  show(summary({ counts: counts({ done: 3, cancelled: 1 }) }))
  expect(screen.getByRole('button', { name: 'Run cancelled again' })).toBeDefined()
  cleanup()
  show(summary({ state: 'running', ended: null, counts: counts({ running: 4 }) }))
  expect(screen.queryByRole('button', { name: /again/ })).toBeNull()
  await press('Cancel array')
  await waitFor(() => expect(sent[2]).toEqual(['/api/v1/arrays/01a2/cancel', {}]))
})

test('an array says for what it waits, and members hold it and release it', async () => {
  const sent: [string, unknown][] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    if (init.method === 'POST') sent.push([url, JSON.parse(String(init.body))])
    return new Response('{}')
  })
  const running = { state: 'running', ended: null, counts: counts({ queued: 4 }) }
  const waits = { code: 'waits.array_held', values: { array: 'array/3' }, text: '' }
  show(summary({ ...running, held: true }), { more: { waits, after: ['7Q2M', 'array/2'] } })
  expect(screen.getByText('array/3 is held: “hven release array/3” lets its tasks start.')).toBeDefined()
  expect(screen.getByText('Held')).toBeDefined()
  expect(screen.getByRole('link', { name: '7Q2M' }).getAttribute('href')).toBe('/r/7Q2M')
  expect(screen.getByRole('link', { name: 'array/2' }).getAttribute('href')).toBe('/arrays/2')
  fireEvent.click(screen.getByRole('button', { name: 'Release' }))
  await waitFor(() => expect(sent).toEqual([['/api/v1/arrays/01a2/hold', { held: false }]]))
  cleanup()
  show(summary(running))
  fireEvent.click(screen.getByRole('button', { name: 'Hold' }))
  await waitFor(() => expect(sent[1]).toEqual(['/api/v1/arrays/01a2/hold', { held: true }]))
})

test('many kinds of failures and many ranges of tasks stay readable', () => {
  const odd = Array.from({ length: 100 }, (_, at) => 2 * at + 1).join(',')
  const groups = Array.from({ length: 50 }, (_, at) => ({
    outcome: 'lost',
    line: `kind ${at}`,
    count: 100,
    tasks: odd,
  }))
  show(summary(), { failed: { schema: '', groups, read: 200, failed: 10_000 } })
  const rows = within(screen.getByRole('table', { name: 'Failures by their last line' })).getAllByRole('row')
  expect(rows).toHaveLength(21)
  expect(rows[1]?.textContent).toContain('1, 3, 5, 7, 9, 11, 13, 15, …')
  expect(screen.getByText('30 more kinds of failures')).toBeDefined()
  expect(screen.getByText('Made of the first 200 of 10,000 failed tasks.')).toBeDefined()
})
