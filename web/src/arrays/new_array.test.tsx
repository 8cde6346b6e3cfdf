// The form of an array: what the server says of a draft, refusals next to their fields, rows of values, and the submission.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ArrayDraft, ArrayDraftAnswer } from '../api/arrays'
import { setLanguage } from '../messages/language'
import { emptyForm } from './draft_form'
import { NewArrayForm } from './NewArrayPage'

const navigate = vi.fn()
vi.mock('@tanstack/react-router', async (original) => ({
  ...(await original<typeof import('@tanstack/react-router')>()),
  useNavigate: () => navigate,
}))

const nothing: ArrayDraftAnswer = { schema: '', refusals: [] }
const preview = {
  schema: '',
  tasks: 10,
  first: ['python3', 'sim.py', '1'],
  last: ['python3', 'sim.py', '10'],
  takes: { seconds: 60, low: 30, high: 90, from: 7 },
}
let asked: { path: string; draft: ArrayDraft }[] = []
let answer: (path: string, draft: ArrayDraft) => Partial<ArrayDraftAnswer>

beforeEach(() => {
  asked = []
  answer = () => ({ preview })
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    if (!url.includes('/arrays/draft')) return new Response(JSON.stringify({ items: [], roles: [] }))
    const call = { path: url.replace(/.*\/arrays/, ''), draft: JSON.parse(String(init.body)) as ArrayDraft }
    asked.push(call)
    return new Response(JSON.stringify({ ...nothing, ...answer(call.path, call.draft) }))
  })
})

afterEach(() => {
  cleanup()
  setLanguage('en')
  navigate.mockReset()
  vi.unstubAllGlobals()
})

function show(rows = [{ key: 1, name: 'i', values: '1..10' }]) {
  const initial = { texts: { ...emptyForm.texts, command: 'python3 sim.py {i}', folder: '/work' }, rows }
  render(
    <QueryClientProvider client={new QueryClient()}>
      <NewArrayForm initial={initial} like="3" />
    </QueryClientProvider>,
  )
}

test('the number of tasks, the commands and the time are shown before anything is submitted', async () => {
  show()
  await screen.findByText('10 tasks')
  screen.getByText('python3 sim.py 1')
  screen.getByText('python3 sim.py 10')
  screen.getByText(/^About 1 min .* from 7 earlier runs of this code\.$/)
  screen.getByText(/^The tasks get the environment in which the server was started/)
  expect(asked.map(({ path }) => path)).toEqual(['/draft/preview'])
  expect(asked[0]?.draft).toMatchObject({ over: ['i=1..10'], folder: '/work', like: '3' })
})

test('a refusal is shown at its field, and a change is sent once', async () => {
  answer = (_, { command }) =>
    command.includes('{j}')
      ? { refusals: [{ field: 'command', message: '{j} stands for no value' }] }
      : { preview, environment_of: 'array/3' }
  show()
  await screen.findByText('The tasks get the environment of array/3, which is still kept.')
  const command = screen.getByRole('textbox', { name: /Command/ })
  for (const value of ['python3 {', 'python3 {j', 'python3 {j}']) fireEvent.change(command, { target: { value } })
  await screen.findByText('{j} stands for no value')
  expect(command.getAttribute('aria-invalid')).toBe('true')
  expect(screen.queryByText('10 tasks')).toBeNull()
  screen.getByText('1 field needs a change.')
  expect(asked.map(({ draft }) => draft.command)).toEqual(['python3 sim.py {i}', 'python3 {j}'])
})

test('rows of values are added and removed, and the focus follows', async () => {
  show()
  fireEvent.click(screen.getByRole('button', { name: 'Add values' }))
  const name = screen.getByRole('textbox', { name: 'Name of the values in row 2' })
  expect(document.activeElement).toBe(name)
  fireEvent.change(name, { target: { value: 't' } })
  fireEvent.change(screen.getByRole('textbox', { name: 'Values of t' }), { target: { value: '0.1,0.2' } })
  await waitFor(() => expect(asked.at(-1)?.draft.over).toEqual(['i=1..10', 't=0.1,0.2']))
  screen.getByRole('textbox', { name: 'Names that go together' })
  fireEvent.click(screen.getByRole('button', { name: 'Remove the values of i' }))
  await waitFor(() => expect(asked.at(-1)?.draft.over).toEqual(['t=0.1,0.2']))
  expect(document.activeElement?.textContent).toBe('Add values')
})

test('a submission leads to the page of the array; a refused one says that nothing was recorded', async () => {
  answer = (path) =>
    path === '/draft' ? { refusals: [{ field: 'folder', message: 'the folder cannot be entered' }] } : { preview }
  show()
  await screen.findByText('10 tasks')
  fireEvent.click(screen.getByRole('button', { name: 'Submit the array' }))
  await screen.findByText('the folder cannot be entered')
  screen.getByText('The array was not submitted, and nothing was recorded.')
  expect(navigate).not.toHaveBeenCalled()
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('textbox', { name: /Folder/ })))
  answer = () => ({ array: { array: { name: 'array/4' } } as ArrayDraftAnswer['array'] })
  fireEvent.click(screen.getByRole('button', { name: 'Submit the array' }))
  await waitFor(() => expect(navigate).toHaveBeenCalledWith({ to: '/arrays/$array', params: { array: '4' } }))
})

test('before there is anything to ask about, the page says what it would show, in Chinese too', async () => {
  setLanguage('zh')
  show([{ key: 1, name: '', values: '' }])
  screen.getByText('填写命令、文件夹和取值后，这里显示任务数、第一条和最后一条命令，以及预计用时。')
  screen.getByText(/^\{i\} 代表 i 的取值。/)
  await new Promise((resolve) => setTimeout(resolve, 600))
  expect(asked).toEqual([])
})
