// Tags and note on the page of a run: who may change them, what is sent, and how a refusal is shown.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { useState } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { runKeys } from '../api/runs'
import type { ChangeLabels, RunDetail } from '../api/types'
import { setLanguage } from '../messages/language'
import { LabelsPart } from './LabelsPart'

vi.mock('@tanstack/react-router', async (original) => ({
  ...(await original<typeof import('@tanstack/react-router')>()),
  Link: ({ children, search }: { children: React.ReactNode; search: { tag: string } }) => (
    <a href={`/runs?tag=${search.tag}`}>{children}</a>
  ),
}))

afterEach(() => {
  cleanup()
  setLanguage('en')
  vi.unstubAllGlobals()
})

const sophie = { kind: 'user', id: '01', name: 'Sophie' }
const time = '2026-01-01T00:00:00Z'
const run = (more: Partial<RunDetail>) => ({ handle: '7Q2M', tags: [], note: null, ...more }) as RunDetail

/** A server that keeps the changes it receives, and answers with these labels or refuses. */
function serve(answer: Partial<RunDetail> | { refused: string }) {
  const sent: ChangeLabels[] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    if (url.startsWith('/api/v1/tags'))
      return new Response(JSON.stringify({ schema: 'hven.tags/1', items: [{ tag: 'known', runs: 2 }] }))
    if (init.method === 'POST') sent.push(JSON.parse(String(init.body)))
    if ('refused' in answer) {
      const error = { code: 'access.denied', message: answer.refused, hint: 'ask an owner' }
      return new Response(JSON.stringify({ error }), { status: 403 })
    }
    const labels = { schema: 'hven.labels/1', run: { id: '1', handle: '7Q2M' }, tags: [], note: null, archived: false }
    return new Response(JSON.stringify({ ...labels, ...answer }))
  })
  return sent
}

function Shown({ of, mayChange }: { of: RunDetail; mayChange: boolean }) {
  const [writing, setWriting] = useState(false)
  return <LabelsPart run={of} name="7Q2M" mayChange={mayChange} writing={writing} onWriting={setWriting} />
}

function show(of: RunDetail, mayChange: boolean) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  client.setQueryData(runKeys.one('7Q2M'), of)
  const shown = render(
    <QueryClientProvider client={client}>
      <Shown of={of} mayChange={mayChange} />
    </QueryClientProvider>,
  )
  return { client, ...shown }
}

test('a viewer sees tags and note without controls to change them', () => {
  show(run({ tags: ['good'], note: { text: 'the baseline', by: sophie, time } }), false)
  expect(screen.getByRole('link', { name: 'good' }).getAttribute('href')).toBe('/runs?tag=good')
  expect(screen.getByRole('note', { name: 'Note' }).textContent).toContain('the baselineby Sophie')
  expect(screen.queryAllByRole('button')).toEqual([])
  expect(screen.queryByRole('combobox')).toBeNull()
  cleanup()
  expect(show(run({}), false).container.textContent).toBe('')
})

test('several tags are sent in one request, without the tags that the run already has', async () => {
  const sent = serve({ tags: ['good', 'paper-2', 'x'] })
  const { client } = show(run({ tags: ['good'] }), true)
  const field = screen.getByRole('combobox', { name: 'Add a tag' })
  fireEvent.change(field, { target: { value: 'good, paper-2 x' } })
  fireEvent.submit(field)
  await waitFor(() => expect(sent).toEqual([{ add_tags: ['paper-2', 'x'] }]))
  // The answer is on the screen without another request.
  await waitFor(() =>
    expect(client.getQueryData<RunDetail>(runKeys.one('7Q2M'))?.tags).toEqual(['good', 'paper-2', 'x']),
  )
  fireEvent.click(screen.getByRole('button', { name: 'Remove the tag good' }))
  await waitFor(() => expect(sent[1]).toEqual({ remove_tags: ['good'] }))
  expect(document.activeElement).toBe(field)
})

test('an invalid tag is reported and not sent; a refusal is shown in the reader’s language', async () => {
  const sent = serve({ refused: 'you may not do that' })
  show(run({}), true)
  const field = screen.getByRole('combobox', { name: 'Add a tag' })
  fireEvent.change(field, { target: { value: '-v' } })
  fireEvent.submit(field)
  expect(screen.getByRole('alert').textContent).toBe('“-v” is not a valid tag: a tag does not start with “-”.')
  expect(sent).toEqual([])
  fireEvent.change(field, { target: { value: 'v' } })
  fireEvent.submit(field)
  await screen.findByText('you may not do that')
  setLanguage('zh')
  await screen.findByText('您无权执行此操作。')
})

test('a note is sent exactly as written, and an unchanged note is not sent', async () => {
  const sent = serve({ note: { text: 'a\n b', by: sophie, time } })
  show(run({ note: { text: 'a', by: sophie, time } }), true)
  fireEvent.click(screen.getByRole('button', { name: 'Edit the note' }))
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(screen.getByRole('note').textContent).toContain('a')
  expect(sent).toEqual([])

  fireEvent.click(screen.getByRole('button', { name: 'Edit the note' }))
  const field = screen.getByRole('textbox', { name: 'Note' })
  fireEvent.change(field, { target: { value: 'x'.repeat(16 * 1024 + 1) } })
  expect(screen.getByRole('alert').textContent).toBe('A note has at most 16,384 bytes; this one has 16,385.')
  fireEvent.keyDown(field, { key: 'Escape', isComposing: true })
  expect(screen.getByRole('textbox', { name: 'Note' })).toBe(field)
  fireEvent.change(field, { target: { value: 'a\n b\n' } })
  fireEvent.submit(field)
  await waitFor(() => expect(sent).toEqual([{ note: 'a\n b' }]))
})

test('an erased note is shown as erased and can be removed', async () => {
  const sent = serve({})
  show(run({ note: { text: null, by: { kind: 'user', id: '02' }, time } }), true)
  expect(screen.getByRole('note').textContent).toContain('The text of the note was erased from the record.by user')
  fireEvent.click(screen.getByRole('button', { name: 'Edit the note' }))
  fireEvent.click(screen.getByRole('button', { name: 'Remove the note' }))
  await waitFor(() => expect(sent).toEqual([{ note: '' }]))
})
