import { expect, test } from 'vitest'
import type { MachineReport, UseBin } from '../api/machine'
import { columnsOf, dataOf } from '../plots/plot_spec'
import { readMachineSearch } from './machine_search'
import { capacityOf, drawnResources, isUsed, named_max, rowsOf, specOf } from './use_spec'

const bin = (minute: number, change: Partial<UseBin> = {}): UseBin => ({
  start: `2026-05-01T12:${String(minute).padStart(2, '0')}:00.000000Z`,
  running: 0,
  reserved_cores: 0,
  used_cores: 0,
  unmeasured_cores: 0,
  reserved_memory_bytes: 0,
  reserved_named: {},
  ...change,
})

const machine = (bins: UseBin[], named: Record<string, number> = {}): MachineReport => ({
  schema: 'hven.machine/1',
  now: '2026-05-01T12:07:30.000000Z',
  runners: [],
  capacity: { cpus: 8, memory_bytes: 16e9, named },
  in_use: { cpus: 0, memory_bytes: null, named: {} },
  running: 0,
  waiting: 0,
  tasks_queued: 0,
  use_over_time: {
    since: '2026-05-01T12:00:00.000000Z',
    until: '2026-05-01T12:10:00.000000Z',
    bin_s: 300,
    is_cut: false,
    bins,
  },
})

const words = {
  time: 'time',
  amount: 'cores',
  reserved: 'reserved',
  used: 'used',
  unmeasured: 'not known',
  capacity: 'capacity',
  description: 'd',
}
const busy = { running: 2, reserved_cores: 4.00001, used_cores: 1.5 }

test('memory is drawn if a run reserved some, and named resources also if a runner has them', () => {
  expect(drawnResources(machine([bin(0)]))).toEqual([{ kind: 'cores' }])
  const some = machine([bin(0, { reserved_memory_bytes: 2e9, reserved_named: { fpga: 0, tpu: 1 } })], { gpu: 2 })
  expect(drawnResources(some)).toEqual([
    { kind: 'cores' },
    { kind: 'memory', unit: { word: 'GB', bytes: 1e9 } },
    { kind: 'named', name: 'gpu' },
    { kind: 'named', name: 'tpu' },
  ])
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`r${at}`, 1]))
  expect(drawnResources(machine([bin(0)], many))).toHaveLength(1 + named_max)
  const little = machine([bin(0, { reserved_memory_bytes: 5e6 })])
  little.capacity.memory_bytes = 5e8
  const [, memory] = drawnResources(little)
  expect(memory).toEqual({ kind: 'memory', unit: { word: 'MB', bytes: 1e6 } })
  expect(memory && capacityOf(little, memory)).toBe(500)
})

test('a resource that no attached runner has has no capacity', () => {
  const none = { ...machine([bin(0)]), capacity: { cpus: 0, memory_bytes: null, named: {} } }
  expect(capacityOf(none, { kind: 'cores' })).toBeUndefined()
  expect(capacityOf(none, { kind: 'named', name: 'gpu' })).toBeUndefined()
  expect(capacityOf(machine([]), { kind: 'cores' })).toBe(8)
})

test('a row ends where the next one begins, and the last one at the time of the answer', () => {
  expect(rowsOf(machine([bin(0, busy), bin(5)]), { kind: 'cores' })).toEqual([
    { start: '2026-05-01T12:00:00.000Z', end: '2026-05-01T12:05:00.000Z', reserved: 4, used: 1.5, unmeasured: 0 },
    { start: '2026-05-01T12:05:00.000Z', end: '2026-05-01T12:07:30.000Z', reserved: 0, used: 0, unmeasured: 0 },
  ])
  const gpu = rowsOf(machine([bin(0, { reserved_named: { gpu: 0.5 } })]), { kind: 'named', name: 'gpu' })
  expect(gpu.map(({ reserved, used }) => [reserved, used])).toEqual([[0.5, undefined]])
})

test('the plot names only what it draws: use that is not known, and a capacity, if there is any', () => {
  const domainOf = (bins: UseBin[], capacity?: number) => {
    const spec = specOf({ rows: rowsOf(machine(bins), { kind: 'cores' }), capacity, span: '1h', words })
    return (spec.encoding as { color: { scale: { domain: string[] } } }).color.scale.domain
  }
  expect(domainOf([bin(0, busy)])).toEqual(['reserved', 'used'])
  expect(domainOf([bin(0, { ...busy, unmeasured_cores: 1 })], 8)).toEqual(['reserved', 'used', 'not known', 'capacity'])
})

test('the downloaded data have a row for each bin and one for the end of the last step', () => {
  const rows = rowsOf(machine([bin(0, busy), bin(5)]), { kind: 'cores' })
  const table = columnsOf(dataOf(specOf({ rows, capacity: 8, span: '24h', words })))
  expect(table[0]).toEqual(['start', 'end', 'reserved', 'used', 'unmeasured'])
  expect(table).toHaveLength(1 + 2 + 1)
  expect(table.at(-1)?.[0]).toBe('2026-05-01T12:07:30.000Z')
})

test('an idle machine is not drawn, and the address has only known times', () => {
  expect(isUsed(machine([bin(0), bin(5)]).use_over_time)).toBe(false)
  expect(isUsed(machine([bin(0), bin(5, busy)]).use_over_time)).toBe(true)
  expect([{ span: '7d' }, { span: '24h' }, { span: '2y' }, {}].map(readMachineSearch)).toEqual([
    { span: '7d' },
    { span: undefined },
    { span: undefined },
    { span: undefined },
  ])
})
