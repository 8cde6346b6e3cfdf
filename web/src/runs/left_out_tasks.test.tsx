// A filtered list of runs says how many tasks of arrays it leaves out.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { type CountedTasks, taskCountQuery } from '../api/runs'
import { LeftOutTasks } from './LeftOutTasks'

vi.mock('@tanstack/react-router', async (original) => ({
  ...(await original<typeof import('@tanstack/react-router')>()),
  Link: ({ children, to, params = {} }: { children: React.ReactNode; to: string; params: Record<string, string> }) => (
    <a href={to.replace(/\$(\w+)/g, (_, name) => String(params[name]))}>{children}</a>
  ),
}))

afterEach(cleanup)

const filter = { state: 'failed', sort: 'newest' }

function show(tasks: number, arrays: number, truncated = false) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Number.POSITIVE_INFINITY } } })
  const counted: CountedTasks = {
    schema: '',
    tasks,
    truncated,
    arrays: Array.from({ length: arrays }, (_, at) => ({
      array: `array/${9 - at}`,
      tasks: 1,
      first: `array/${9 - at}:1`,
    })),
  }
  client.setQueryData(taskCountQuery(filter).queryKey, counted)
  render(
    <QueryClientProvider client={client}>
      <LeftOutTasks filter={filter} />
    </QueryClientProvider>,
  )
}

test('a list without tasks of arrays says nothing', () => {
  show(0, 0)
  expect(screen.queryByRole('note')).toBeNull()
})

test('the number of tasks is shown, with links to their arrays', () => {
  show(1, 1)
  expect(screen.getByRole('note').textContent).toBe('1 task of an array matches, too. Its page shows it: array/9')
  expect(screen.getByRole('link', { name: 'array/9' }).getAttribute('href')).toBe('/arrays/9')
})

test('many tasks are counted up to a limit', () => {
  show(10_000, 5, true)
  expect(screen.getByRole('note').textContent).toBe(
    'More than 10,000 tasks of arrays match, too. The pages of their arrays show them: array/9 array/8 array/7 …',
  )
})
