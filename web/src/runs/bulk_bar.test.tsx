// The actions for the selected runs, and the position of reader and focus after the runs have left the list.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { keys } from '../api/keys'
import type { Me, RunSummary } from '../api/types'
import { BulkBar } from './BulkBar'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const run = (handle: string, more: Partial<RunSummary> = {}) =>
  ({ handle, state: 'done', project: 'astro', tags: [], ...more }) as RunSummary

/** A list that leaves out runs when they are no longer selected, as a list without archived runs does. */
function List({ runs }: { runs: RunSummary[] }) {
  const [kept, setKept] = useState(runs.map(({ handle }) => handle))
  const left = runs.filter(({ handle }) => kept.includes(handle))
  return <BulkBar selected={left} isListed={left.length > 0} onKeep={setKept} />
}

function show(part: React.ReactNode, role = 'owner') {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Number.POSITIVE_INFINITY } } })
  const me: Me = { schema: 'me', id: 'x', kind: 'user', roles: [{ role, project: null }] }
  client.setQueryData(keys.me, me)
  return render(<QueryClientProvider client={client}>{part}</QueryClientProvider>)
}

test('the result stays visible when the last run has left the list, and has the focus', async () => {
  vi.stubGlobal('fetch', async () => new Response('{}'))
  show(<List runs={[run('A'), run('B')]} />)
  const button = screen.getByRole('button', { name: 'Archive 2 runs' })
  button.focus()
  fireEvent.click(button)
  const told = await screen.findByRole('status')
  expect(told.textContent).toBe('2 runs were archived.')
  expect(screen.queryByRole('toolbar')).toBeNull()
  expect(document.activeElement).toBe(told)
})

test('the keys are explained only where there is a list', () => {
  show(<BulkBar selected={[]} isListed onKeep={() => {}} />)
  screen.getByText(/to move, Enter to open/)
  cleanup()
  const { container } = show(<BulkBar selected={[]} isListed={false} onKeep={() => {}} />)
  expect(container.textContent).toBe('')
})

test('a viewer sees a notice and no action', () => {
  show(<BulkBar selected={[run('A'), run('B', { state: 'running' })]} isListed onKeep={() => {}} />, 'viewer')
  screen.getByText('You may only look at these runs.')
  expect(screen.getAllByRole('button').map(({ textContent }) => textContent)).toEqual(['Clear the selection'])
})
