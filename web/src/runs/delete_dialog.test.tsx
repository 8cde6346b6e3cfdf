import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { setLanguage } from '../messages/language'
import { DeleteDialog } from './DeleteDialog'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  setLanguage('en')
})

const plan = {
  schema: 'hven.deleted_runs/1',
  dry_run: true,
  runs: [{ run: 'a', handle: '7Q2M', facts: 9, log_bytes: 2000, rests_on_it: 2 }],
  freed_objects: 3,
  freed_bytes: 5_000_000,
  kept_objects: 1,
  kept_bytes: 10,
}

function shown(onDeleted = () => {}) {
  const calls: { url: string; body: unknown }[] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const body = JSON.parse(String(init.body))
    calls.push({ url, body })
    return new Response(JSON.stringify({ ...plan, dry_run: body.dry_run === true }), { status: 200 })
  })
  render(
    <QueryClientProvider client={new QueryClient()}>
      <DeleteDialog runs={['7Q2M']} open onOpenChange={() => {}} onDeleted={onDeleted} />
    </QueryClientProvider>,
  )
  return calls
}

test('the dialogue shows what goes and what stays, and deletes only with a reason', async () => {
  const onDeleted = vi.fn()
  const calls = shown(onDeleted)
  await screen.findByText('9 facts and 2 kB of log are erased.')
  expect(screen.getByText(/3 objects, 5 MB, become garbage/)).toBeDefined()
  expect(screen.getByText(/1 object, 10 B, stays/)).toBeDefined()
  expect(screen.getByText(/2 things rest on it/)).toBeDefined()
  expect(calls.map(({ body }) => body)).toEqual([{ runs: ['7Q2M'], dry_run: true }])

  fireEvent.click(screen.getByRole('button', { name: 'Delete 1 run' }))
  await screen.findByRole('alert')
  expect(calls.length).toBe(1)
  fireEvent.change(screen.getByRole('textbox'), { target: { value: 'a wrong start' } })
  fireEvent.click(screen.getByRole('button', { name: 'Delete 1 run' }))
  await vi.waitFor(() => expect(onDeleted).toHaveBeenCalledOnce())
  expect(calls[1]?.body).toEqual({ runs: ['7Q2M'], because: 'a wrong start' })
})

test('the dialogue is in Chinese, too', async () => {
  setLanguage('zh')
  shown()
  await screen.findByText('将清除 9 条事实和 2 kB 的日志。')
  expect(screen.getByText('删除运行 7Q2M？')).toBeDefined()
})
