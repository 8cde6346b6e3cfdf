// Rail and palette show the entries of all nouns, in the same order; the palette also shows search results.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { text } from '../messages/catalogue'
import { railEntries } from '../nouns'
import { Palette } from './Palette'
import { Rail } from './Rail'

beforeEach(() => {
  const found = {
    id: 'r1',
    handle: '7Q2M',
    name: 'third law',
    command: 'python3 fit.py',
    project: 'astro',
    state: 'done',
  }
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ items: [found] })))
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

async function show(part: () => React.ReactNode) {
  const router = createRouter({
    routeTree: createRootRoute({ component: part, notFoundComponent: part }),
    history: createMemoryHistory(),
  })
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  await act(async () => {
    render(
      <QueryClientProvider client={client}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>,
    )
  })
  return router
}

const labels = railEntries.map(({ label }) => text(label))

test('the rail has a link for each part, in order', async () => {
  await show(Rail)
  expect(screen.getAllByRole('link').map(({ textContent }) => textContent)).toEqual(labels)
  expect(screen.getAllByRole('link').map((link) => link.getAttribute('href'))).toEqual(railEntries.map(({ to }) => to))
})

test('the palette offers the same parts, the search results, and the list filtered by the typed text', async () => {
  const router = await show(() => <Palette open onOpenChange={() => {}} />)
  const options = () => within(screen.getByRole('listbox')).getAllByRole('option')
  expect(
    options()
      .map(({ textContent }) => textContent)
      .slice(0, labels.length),
  ).toEqual(labels)
  await act(async () => {
    fireEvent.change(screen.getByRole('combobox'), { target: { value: 'third' } })
  })
  const [run, filter, logs, ...others] = await vi.waitFor(() => {
    expect(options().length).toBe(3)
    return options()
  })
  expect(others).toEqual([])
  expect(run?.textContent).toBe('7Q2M  third lawastro')
  expect(filter?.textContent).toBe('Filter the runs by “third”')
  await act(async () => {
    fireEvent.click(run as HTMLElement)
  })
  expect(router.state.location.pathname).toBe('/r/7Q2M')
  await act(async () => {
    fireEvent.click(filter as HTMLElement)
  })
  expect(router.state.location.href).toBe('/runs?q=third')
  expect(logs?.textContent).toBe('Search all logs for “third”')
  await act(async () => {
    fireEvent.click(logs as HTMLElement)
  })
  expect(router.state.location.href).toBe('/logs?q=third')
})
