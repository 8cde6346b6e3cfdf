// Who may allow that commands run as the Unix user of the server, and how tokens of browsers are told apart.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import type { Me, Member } from '../api/types'
import { setLanguage } from '../messages/language'
import { MembersPart } from './MembersPart'
import { TokensPart } from './TokensPart'

afterEach(() => {
  cleanup()
  setLanguage('en')
  vi.unstubAllGlobals()
})

interface Call {
  method: string
  path: string
  body: unknown
}

/** Answers each path, or the path with its question, with what is given for it; gives the changes that were asked for. */
function serve(answers: Record<string, unknown>) {
  const changes: Call[] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    const path = url.replace('/api/v1', '').split('?')[0] ?? ''
    if (init.method && init.method !== 'GET')
      changes.push({ method: init.method, path, body: JSON.parse(String(init.body)) })
    const answer = answers[url.replace('/api/v1', '')] ?? answers[path] ?? {}
    return new Response(JSON.stringify(answer), { status: 200 })
  })
  return changes
}

const page = (items: unknown[]) => ({ schema: 'page', items })
const show = (part: React.ReactNode) =>
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      {part}
    </QueryClientProvider>,
  )

const member = (name: string, role: string, project: string | null, may_run_as_server: boolean): Member => ({
  user: { id: `id of ${name}`, name, added: '2026-01-01T00:00:00Z' },
  project,
  role,
  may_run_as_server,
})
const members = [
  member('ada', 'owner', null, false),
  member('jun', 'member', 'astro', true),
  member('leo', 'member', 'astro', false),
  // A permission that a viewer's role carries allows nothing.
  member('mia', 'viewer', 'astro', true),
]
const serveMembers = (...roles: Me['roles']) => {
  const me: Me = { schema: 'me', id: 'x', kind: 'user', roles }
  return serve({
    '/me': me,
    '/members': page(members),
    '/projects': page([]),
    '/users': page([{ id: 'id of sam', name: 'sam' }]),
  })
}
const sentence = /can read and change everything that this user can/
const rowOf = (name: string) =>
  within(screen.getByRole('rowheader', { name: new RegExp(name) }).parentElement as HTMLElement)

test('an owner of the home allows commands, and takes the permission away', async () => {
  const changes = serveMembers({ role: 'owner', project: null })
  show(<MembersPart />)
  const leo = await screen.findByRole('checkbox', { name: 'This role of leo allows commands' })
  const jun = screen.getByRole('checkbox', { name: 'This role of jun allows commands' })
  expect((leo as HTMLInputElement).checked).toBe(false)
  expect((jun as HTMLInputElement).checked).toBe(true)
  expect(screen.getByText(sentence)).toBeDefined()
  // A viewer runs nothing, an owner of the home may anyway.
  expect(rowOf('mia').getByText('not by this role')).toBeDefined()
  expect(rowOf('ada').getByText('yes, as an owner of the home')).toBeDefined()
  fireEvent.click(leo)
  const body = { user: 'id of leo', project: 'astro', role: 'member', may_run_as_server: true }
  await waitFor(() => expect(changes).toEqual([{ method: 'PUT', path: '/members', body }]))
})

test('a changed role says nothing of the permission, so it stays as it was', async () => {
  const changes = serveMembers({ role: 'owner', project: null })
  show(<MembersPart />)
  await screen.findByRole('checkbox', { name: 'This role of jun allows commands' })
  fireEvent.change(screen.getByRole('combobox', { name: 'Role of jun' }), { target: { value: 'owner' } })
  const body = { user: 'id of jun', project: 'astro', role: 'owner' }
  await waitFor(() => expect(changes).toEqual([{ method: 'PUT', path: '/members', body }]))
})

test('an owner of the home says with a new role whether commands may run', async () => {
  const changes = serveMembers({ role: 'owner', project: null })
  show(<MembersPart />)
  fireEvent.change(await screen.findByLabelText('Name of the user'), { target: { value: 'sam' } })
  const box = await screen.findByRole('checkbox', { name: 'This role allows commands' })
  fireEvent.change(screen.getByRole('combobox', { name: 'Role' }), { target: { value: 'viewer' } })
  expect(screen.queryByRole('checkbox', { name: 'This role allows commands' })).toBeNull()
  expect(box.isConnected).toBe(false)
  fireEvent.change(screen.getByRole('combobox', { name: 'Role' }), { target: { value: 'member' } })
  fireEvent.click(screen.getByRole('checkbox', { name: 'This role allows commands' }))
  fireEvent.click(screen.getByRole('button', { name: 'Add a member' }))
  await waitFor(() =>
    expect(changes.map(({ body }) => body)).toEqual([{ user: 'id of sam', role: 'member', may_run_as_server: true }]),
  )
})

test('an owner of a project sees who may run commands and is offered no checkbox', async () => {
  const changes = serveMembers({ role: 'owner', project: 'astro' }, { role: 'viewer', project: null })
  show(<MembersPart />)
  await screen.findByRole('option', { name: 'astro' })
  await screen.findByRole('rowheader', { name: 'jun' })
  // In the whole home they only look.
  expect(screen.queryByRole('button', { name: 'Add a member' })).toBeNull()
  expect((rowOf('jun').getByRole('combobox') as HTMLSelectElement).disabled).toBe(true)
  fireEvent.change(screen.getByRole('combobox', { name: 'Where' }), { target: { value: 'astro' } })
  await screen.findByRole('button', { name: 'Remove jun' })
  expect(rowOf('jun').getByText('yes')).toBeDefined()
  // A role above may allow it: what is said is about this one alone.
  expect(rowOf('leo').getByText('not by this role')).toBeDefined()
  expect(rowOf('mia').getByText('not by this role')).toBeDefined()
  fireEvent.change(await screen.findByLabelText('Name of the user'), { target: { value: 'sam' } })
  expect(screen.queryByRole('checkbox')).toBeNull()
  expect(screen.queryByText(sentence)).toBeNull()
  // Users are added by owners of the home.
  expect(screen.queryByLabelText('E-mail (optional)')).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: 'Add a member' }))
  const body = { user: 'id of sam', project: 'astro', role: 'member' }
  await waitFor(() => expect(changes.map(({ body }) => body)).toEqual([body]))
})

test('who sees a project alone is shown that project, and cannot add users whom they do not see', async () => {
  serveMembers({ role: 'owner', project: 'astro' })
  show(<MembersPart />)
  await screen.findByRole('button', { name: 'Remove jun' })
  expect((screen.getByRole('combobox', { name: 'Where' }) as HTMLSelectElement).value).toBe('astro')
  expect(screen.queryByRole('option', { name: 'The whole home' })).toBeNull()
  expect(screen.queryByRole('button', { name: 'Add a member' })).toBeNull()
  expect(screen.getByText(/an owner of the whole home adds members here/)).toBeDefined()
})

test('a role in a wider place that allows commands is said, and every place of one’s own roles is offered', async () => {
  const roles = [
    { role: 'owner', project: null },
    { role: 'viewer', project: 'astro/stars' },
  ]
  serve({
    '/me': { schema: 'me', id: 'x', kind: 'user', roles },
    '/members': page([member('ada', 'owner', null, false), member('mia', 'viewer', null, true)]),
    '/members?project=astro': page([member('jun', 'member', 'astro', true)]),
    '/members?project=astro%2Fstars': page(
      ['ada', 'jun', 'mia'].map((name) => member(name, 'member', 'astro/stars', false)),
    ),
    '/projects': page([{ path: 'astro' }]),
  })
  show(<MembersPart />)
  await screen.findByRole('option', { name: 'astro/stars' })
  fireEvent.change(screen.getByRole('combobox', { name: 'Where' }), { target: { value: 'astro/stars' } })
  expect(await screen.findByText('yes, by the role in the whole home')).toBeDefined()
  expect(await screen.findByText('yes, by the role in astro')).toBeDefined()
  expect(rowOf('ada').getByText('yes, by the role in the whole home')).toBeDefined()
  expect(rowOf('jun').getByText('yes, by the role in astro')).toBeDefined()
  expect((rowOf('jun').getByRole('checkbox') as HTMLInputElement).checked).toBe(false)
  expect(rowOf('mia').queryByText(/yes/)).toBeNull()
})

test('sessions of browsers are named in the language of the reader, once', async () => {
  const token = { user: 'x', issued: '2026-01-01T00:00:00Z' }
  serve({
    '/tokens': page([
      // The server's name for each session.
      { ...token, id: '1', name: 'browser session', session: true },
      { ...token, id: '2', name: 'a notebook', session: false },
    ]),
  })
  show(<TokensPart />)
  const names = async () => (await screen.findAllByRole('rowheader')).map((cell) => cell.textContent)
  expect(await names()).toEqual(['browser session', 'a notebook'])
  act(() => setLanguage('zh'))
  expect(await names()).toEqual(['浏览器会话', 'a notebook'])
  fireEvent.click(screen.getAllByRole('button', { name: /吊销/ })[0] as HTMLElement)
  expect(await screen.findByText(/^吊销令牌“创建于 2026.* 的浏览器会话”？$/)).toBeDefined()
})
