import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import type { Audit } from '../api/types'
import { setLanguage } from '../messages/language'
import { AuditReport } from './AuditReport'

afterEach(() => {
  cleanup()
  setLanguage('en')
})

const sound: Audit = {
  schema: 'hven.audit/1',
  sound: true,
  facts: 1200,
  erased: 0,
  head: 'c0ffee',
  objects_checked: 0,
  objects_damaged: [],
}
const shown = (audit: Partial<Audit>, withObjects = true) =>
  render(<AuditReport audit={{ ...sound, ...audit }} withObjects={withObjects} />).container.textContent

test('objects that were not checked are not reported as sound', () => {
  const said = shown({}, false)
  expect(said).toContain('The chain holds: 1200 facts verified.')
  expect(said).toContain('Objects were not read.')
  expect(said).not.toContain('digests')
})

test('objects are counted: read, absent and still being written', () => {
  const said = shown({
    objects_named: 7,
    objects_checked: 4,
    bytes_checked: 2_000_000,
    objects_absent: 1,
    objects_waiting: 2,
  })
  expect(said).toContain('4 of 7 objects read, 2 MB, match their digests.')
  expect(said).toContain('1 object is known only by digest.')
  expect(said).toContain('2 objects have not arrived from their runners yet.')
  expect(said).not.toContain('Objects were not read')
})

test('a damaged object is shown with its kind and its damage', () => {
  const objects_damaged = [
    { digest: 'ab12'.repeat(16), what: 'model.bin of run 7Q2M', why: 'its file is missing' },
    { digest: 'cd34'.repeat(16), why: 'its bytes differ' },
  ]
  shown({ sound: false, objects_damaged })
  expect(screen.getByText('2 objects are missing or damaged:')).toBeDefined()
  expect(screen.getByText('model.bin of run 7Q2M: its file is missing')).toBeDefined()
  expect(screen.getByText('its bytes differ')).toBeDefined()
  expect(screen.getByText(/“hven doctor --heal” searches for these objects/)).toBeDefined()
})

test('facts that cannot be read are listed with the reason, and facts beyond the list are counted', () => {
  const unreadable = [{ seq: 12, kind: 'run.submitted', why: 'unknown field `x`' }]
  const said = shown({ sound: false, unreadable, unreadable_total: 3 })
  expect(said).toContain('The payloads of 3 facts cannot be read:')
  expect(said).toContain('Fact 12 (run.submitted): unknown field `x`')
  expect(said).toContain('and 2 more')
  expect(said).toContain('hven redact --fact 12')
})

test('after a break in the chain only a part of the objects was counted', () => {
  const said = shown({ sound: false, facts: 40, broken: { seq: 41, why: 'its hash differs' }, objects_named: 3 })
  expect(said).toContain('The chain is broken at fact 41. its hash differs')
  expect(said).toContain('Only objects that the first 40 facts name were counted.')
  expect(said).not.toContain('holds')
})

test('erased facts are counted, and the report asks to note the head elsewhere', () => {
  const said = shown({ erased: 1300 })
  expect(said).toContain('The payloads of 1300 facts were erased; their hashes stay in the chain.')
  expect(said).toContain('Head of the chain: c0ffee')
  expect(said).toContain('note the head elsewhere, and compare it')
  cleanup()
  expect(shown({})).not.toContain('erased')
  cleanup()
  expect(shown({ erased: 1 })).toContain('The payload of 1 fact was erased; its hash stays in the chain.')
  cleanup()
  expect(shown({ broken: { seq: 41, why: 'its hash differs' } })).not.toContain('Head')
})

test('the report is shown in Chinese', () => {
  setLanguage('zh')
  expect(shown({ objects_named: 7, objects_checked: 7, bytes_checked: 9 })).toContain('已读取 7/7 个对象')
})
