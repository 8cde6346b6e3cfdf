import { expect, test } from 'vitest'
import { mayChange, mayRunCommands, owns, seesHome } from './permissions'
import type { Me } from './types'

const me = (...roles: { role: string; project?: string; may_run_as_server?: boolean }[]) => ({ roles }) as unknown as Me

test.each([
  [me(), false],
  [me({ role: 'owner' }), true],
  [me({ role: 'viewer' }), false],
  [me({ role: 'viewer' }, { role: 'member', project: 'astro' }), true],
  [me({ role: 'member', project: 'astro/kepler' }), true],
  [me({ role: 'member', project: 'astro/kepler/deep' }), false],
  [me({ role: 'member', project: 'astro/kep' }), false],
  [undefined, false],
])('%j may change astro/kepler: %s', (who, may) => {
  expect(mayChange(who, 'astro/kepler')).toBe(may)
})

test('the owners of a project and of the whole home', () => {
  const owner = me({ role: 'owner', project: 'astro' }, { role: 'member' })
  expect([owns(owner, 'astro'), owns(owner, 'astro/kepler'), owns(owner, 'bio'), owns(owner)]).toEqual([
    true,
    true,
    false,
    false,
  ])
  expect([owns(me({ role: 'owner' })), owns(me({ role: 'owner' }), 'bio'), owns(undefined)]).toEqual([
    true,
    true,
    false,
  ])
  expect([seesHome(owner), seesHome(me({ role: 'owner', project: 'astro' }))]).toEqual([true, false])
})

test.each([
  [me(), false],
  [me({ role: 'owner' }), true],
  [me({ role: 'owner', project: 'astro' }), false],
  [me({ role: 'member', project: 'astro', may_run_as_server: true }), true],
  [me({ role: 'member', project: 'astro', may_run_as_server: false }), false],
  [me({ role: 'member', may_run_as_server: true }), true],
  [me({ role: 'viewer', project: 'astro', may_run_as_server: true }), false],
  [me({ role: 'member', project: 'bio', may_run_as_server: true }), false],
  [undefined, false],
])('commands of %j may run in astro/kepler: %s', (who, may) => {
  expect(mayRunCommands(who, 'astro/kepler')).toBe(may)
})
