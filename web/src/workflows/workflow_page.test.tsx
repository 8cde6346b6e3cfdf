// The page of a workflow: its progress, its steps with their links and notes, and who may cancel it.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { keys } from '../api/keys'
import type { Me, Node } from '../api/types'
import type { WorkflowDetail, WorkflowStep, WorkflowSummary } from '../api/workflows'
import { setLanguage } from '../messages/language'
import { ShownWorkflow } from './WorkflowPage'

vi.mock('@tanstack/react-router', async (original) => ({
  ...(await original<typeof import('@tanstack/react-router')>()),
  Link: ({ children, to, params = {} }: { children: React.ReactNode; to: string; params: Record<string, string> }) => (
    <a href={to.replace(/\$(\w+)/g, (_, name) => String(params[name]))}>{children}</a>
  ),
}))

afterEach(() => {
  cleanup()
  setLanguage('en')
  vi.unstubAllGlobals()
})

const sophie = { kind: 'user', id: '01', name: 'Sophie' }
const hven = { kind: 'system', id: '00', name: 'Hven' }

const summary = (more: Partial<WorkflowSummary> = {}): WorkflowSummary => ({
  id: '01a2',
  name: 'workflow/3',
  project: 'astro/kepler',
  folder: '/home/sophie/kepler',
  manifest: 'f7c5ae5a1dddf753fa3007a4b75427aa',
  state: 'running',
  started_by: sophie,
  started: '2026-01-01T00:00:00Z',
  ended: null,
  ended_by: null,
  steps: 4,
  steps_ended: 2,
  steps_not_well: 0,
  because: null,
  because_said: null,
  ...more,
})

const step = (name: string, more: Partial<WorkflowStep> = {}): WorkflowStep => ({
  name,
  needs: [],
  state: 'waiting',
  run: null,
  result: null,
  because: [],
  put_back: { files: 0, replaced: 0, folders: 0 },
  error: null,
  ...more,
})

const runNode = (handle: string, more: object = {}) =>
  ({ kind: 'run', text: `run ${handle}`, run: { id: handle, handle, state: 'done', name: 'line', ...more } }) as Node
const claimNode = { kind: 'claim', text: 'claim', claim: { id: '9', name: 'kepler3', verdict: 'holds' } } as Node
const planets = { id: '8', reference: 'planets@1', checks_failed: 0 }
const datasetNode = (more: object = {}) =>
  ({ kind: 'dataset', text: 'dataset', dataset: { ...planets, ...more } }) as Node

function show(workflow: WorkflowSummary, steps: WorkflowStep[] = [], role = 'member') {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Number.POSITIVE_INFINITY } } })
  client.setQueryData(keys.me, { roles: [{ role, project: 'astro' }] } as Me)
  const detail: WorkflowDetail = { schema: 'hven.workflow/1', workflow, steps }
  return render(
    <QueryClientProvider client={client}>
      <ShownWorkflow detail={detail} />
    </QueryClientProvider>,
  )
}

const progress = () => screen.getAllByRole('status').map((status) => status.textContent)
const rows = () => screen.getAllByRole('row').slice(1)
const wordsOf = (row: HTMLElement | undefined) => [...(row?.children ?? [])].map((cell) => cell.textContent)

test('the progress says how many steps ended, and how many of them without the wanted result', () => {
  show(summary())
  expect(progress()).toContain('2 of 4 steps ended')
  cleanup()
  show(summary({ state: 'incomplete', steps_ended: 4, steps_not_well: 1 }))
  expect(progress()).toContain('4 of 4 steps ended · 1 without the wanted result')
  expect(screen.getByText('Incomplete')).toBeDefined()
  cleanup()
  setLanguage('zh')
  show(summary())
  expect(progress()).toContain('4 步中已结束 2 步')
})

test('a workflow that was stopped says why, in the language of the reader', () => {
  const said = { code: 'workflow.manifest_lost', values: {}, text: 'its manifest is not in this home any more' }
  const stopped = summary({ state: 'stopped', because: said.text, because_said: said, ended_by: hven })
  show(stopped)
  expect(screen.getByText('Stopped: its manifest is not in this home any more.')).toBeDefined()
  cleanup()
  setLanguage('zh')
  show(stopped)
  expect(screen.getByText('已中止：其清单已不在此主目录中。')).toBeDefined()
})

test('a step has its state, the names of its needs, and links to its run and its result', () => {
  show(summary(), [
    step('data.planets', { state: 'up_to_date', result: datasetNode() }),
    step('run.line', { state: 'running', needs: [0], run: runNode('7Q2M', { state: 'running' }) }),
    step('claim.kepler3', { state: 'still_holds', needs: [0, 1], result: claimNode }),
  ])
  const [data, line, claim] = rows()
  expect(wordsOf(data)).toEqual(['data.planets', 'Up to date', '', 'planets@1'])
  expect(wordsOf(line)).toEqual(['run.lineneeds data.planets', 'Running', '7Q2M line', ''])
  expect(wordsOf(claim)).toEqual(['claim.kepler3needs data.planets, run.line', 'Still holds', '', 'kepler3'])
  const links = screen.getAllByRole('link').map((link) => link.getAttribute('href'))
  expect(links).toEqual(['/data/8', '/r/7Q2M', '/knowledge/9'])
})

test('below a step stands why it ran again, what was put back, and why it failed', () => {
  const failed = { state: 'failed', outcome: 'failed with exit status 1' }
  const outcome_said = { code: 'outcome.failed', values: { exit: 1 }, text: 'failed with exit status 1' }
  show(summary(), [
    step('run.a', { state: 'done', because: ['fit.py changed', 'planets.csv changed'] }),
    step('run.b', { state: 'up_to_date', put_back: { files: 2, replaced: 1, folders: 1 } }),
    step('run.c', { state: 'failed', run: runNode('7Q2M', { ...failed, outcome_said }) }),
    step('data.d', { state: 'failed', run: runNode('8R3N'), result: datasetNode({ checks_failed: 1 }) }),
    step('run.e', { state: 'failed', error: { code: 'invalid', message: 'a.csv is absent', hint: 'put it there' } }),
    step('run.f', { state: 'blocked', needs: [2] }),
  ])
  const notes = rows().filter((row) => row.querySelector('[colspan]'))
  expect(notes.map((row) => [...row.querySelectorAll('p')].map((line) => line.textContent))).toEqual([
    ['Run again, because fit.py changed; planets.csv changed'],
    ['2 files put back · 1 replaced · 1 empty folder put back'],
    ['failed with exit status 1'],
    ['1 check fails'],
    ['a.csv is absent', 'Hint: put it there'],
  ])
})

test('a state that this version does not know is shown unchanged', () => {
  show(summary({ state: 'paused' }), [step('run.a', { state: 'frozen' })])
  expect(screen.getByText('paused')).toBeDefined()
  expect(screen.getByText('frozen')).toBeDefined()
})

test('members cancel a running workflow after a question; viewers cannot, and no button is there when it has ended', async () => {
  const sent: string[] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    if (init.method !== 'POST') return new Response(JSON.stringify({ roles: [{ role: 'member', project: 'astro' }] }))
    sent.push(url)
    return new Response(JSON.stringify(summary({ state: 'cancelled' })))
  })
  const button = () => screen.queryByRole('button', { name: 'Cancel workflow' })
  show(summary(), [], 'viewer')
  expect(button()).toBeNull()
  cleanup()
  show(summary({ state: 'done' }))
  expect(button()).toBeNull()
  cleanup()
  show(summary())
  fireEvent.click(button() as HTMLElement)
  const dialog = await screen.findByRole('alertdialog')
  within(dialog).getByText('Cancel workflow/3?')
  expect(sent).toEqual([])
  fireEvent.click(within(dialog).getByRole('button', { name: 'Cancel workflow' }))
  await waitFor(() => expect(sent).toEqual(['/api/v1/workflows/01a2/cancel']))
})

test('the facts name who started it, and who cancelled it', () => {
  show(summary({ state: 'cancelled', ended: '2026-01-01T00:01:00Z', ended_by: { ...sophie, name: 'Tycho' } }))
  const facts = screen.getByRole('complementary', { name: 'Facts' })
  const said = [...facts.querySelectorAll('dt')].map(({ textContent, nextSibling }) => [
    textContent,
    nextSibling?.textContent,
  ])
  expect(said).toContainEqual(['Started by', 'Sophie'])
  expect(said).toContainEqual(['Cancelled by', 'Tycho'])
  expect(said).toContainEqual(['Took', '1 min'])
  cleanup()
  show(summary({ state: 'done', ended: '2026-01-01T00:01:00Z', ended_by: hven }))
  expect(screen.queryByText('Cancelled by')).toBeNull()
})
