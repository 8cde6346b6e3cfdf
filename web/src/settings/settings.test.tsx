// The permission to run commands as the Unix user of the server, and the names of browser sessions.
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

/** A server that answers each path, or path and query, with the given value; returns the changes it received. */
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
  // A permission of a viewer has no effect.
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
const sentence = /can read and change everything that this Unix user can/
const rowOf = (name: string) =>
  within(screen.getByRole('rowheader', { name: new RegExp(name) }).parentElement as HTMLElement)

test('an owner of the home allows commands and withdraws the permission', async () => {
  const changes = serveMembers({ role: 'owner', project: null })
  show(<MembersPart />)
  const leo = await screen.findByRole('checkbox', { name: 'This role of leo allows commands' })
  const jun = screen.getByRole('checkbox', { name: 'This role of jun allows commands' })
  expect((leo as HTMLInputElement).checked).toBe(false)
  expect((jun as HTMLInputElement).checked).toBe(true)
  expect(screen.getByText(sentence)).toBeDefined()
  // A viewer runs nothing, and an owner of the home needs no permission.
  expect(rowOf('mia').getByText('not by this role')).toBeDefined()
  expect(rowOf('ada').getByText('yes, as an owner of the home')).toBeDefined()
  fireEvent.click(leo)
  const body = { user: 'id of leo', project: 'astro', role: 'member', may_run_as_server: true }
  await waitFor(() => expect(changes).toEqual([{ method: 'PUT', path: '/members', body }]))
})

test('a change of a role without the permission leaves the permission unchanged', async () => {
  const changes = serveMembers({ role: 'owner', project: null })
  show(<MembersPart />)
  await screen.findByRole('checkbox', { name: 'This role of jun allows commands' })
  fireEvent.change(screen.getByRole('combobox', { name: 'Role of jun' }), { target: { value: 'owner' } })
  const body = { user: 'id of jun', project: 'astro', role: 'owner' }
  await waitFor(() => expect(changes).toEqual([{ method: 'PUT', path: '/members', body }]))
})

test('an owner of the home chooses with a new role whether commands may run', async () => {
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

test('an owner of a project sees who may run commands, without a checkbox', async () => {
  const changes = serveMembers({ role: 'owner', project: 'astro' }, { role: 'viewer', project: null })
  show(<MembersPart />)
  await screen.findByRole('option', { name: 'astro' })
  await screen.findByRole('rowheader', { name: 'jun' })
  // In the whole home they may only look.
  expect(screen.queryByRole('button', { name: 'Add a member' })).toBeNull()
  expect((rowOf('jun').getByRole('combobox') as HTMLSelectElement).disabled).toBe(true)
  fireEvent.change(screen.getByRole('combobox', { name: 'Where' }), { target: { value: 'astro' } })
  await screen.findByRole('button', { name: 'Remove jun' })
  expect(rowOf('jun').getByText('yes')).toBeDefined()
  // A role in a wider scope may allow it: this row describes only its own role.
  expect(rowOf('leo').getByText('not by this role')).toBeDefined()
  expect(rowOf('mia').getByText('not by this role')).toBeDefined()
  fireEvent.change(await screen.findByLabelText('Name of the user'), { target: { value: 'sam' } })
  expect(screen.queryByRole('checkbox')).toBeNull()
  expect(screen.queryByText(sentence)).toBeNull()
  // Only owners of the home add users.
  expect(screen.queryByLabelText('E-mail (optional)')).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: 'Add a member' }))
  const body = { user: 'id of sam', project: 'astro', role: 'member' }
  await waitFor(() => expect(changes.map(({ body }) => body)).toEqual([body]))
})

test('a user who sees only one project is shown that project and cannot add unknown users', async () => {
  serveMembers({ role: 'owner', project: 'astro' })
  show(<MembersPart />)
  await screen.findByRole('button', { name: 'Remove jun' })
  expect((screen.getByRole('combobox', { name: 'Where' }) as HTMLSelectElement).value).toBe('astro')
  expect(screen.queryByRole('option', { name: 'The whole home' })).toBeNull()
  expect(screen.queryByRole('button', { name: 'Add a member' })).toBeNull()
  expect(screen.getByText(/an owner of the whole home adds members here/)).toBeDefined()
})

test('a role in a wider scope that allows commands is shown, and each scope of one’s own roles is offered', async () => {
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

test('browser sessions are named in the reader’s language, each once', async () => {
  const token = { user: 'x', issued: '2026-01-01T00:00:00Z' }
  serve({
    '/tokens': page([
      // The server gives each session this name.
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
