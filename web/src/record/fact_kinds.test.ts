import { expect, test } from 'vitest'
import api from '../../../docs/openapi.json'
import { factKinds } from './fact_kinds'

/** Sentences about facts that are not kinds of their own, but variants of another kind. */
const others = [
  'erased',
  'unreadable',
  'role.granted_to_run',
  'role.granted_to_own_user',
  'run.system_captured',
  'run.untagged',
  'run.retagged',
  'run.note_removed',
  'run.unarchived',
  'run.queue_set_after',
  'run.queue_set_by',
  'run.queue_set_all',
  'run.released',
  'repair.incomplete',
  'repair.stopped',
  'workflow.incomplete',
  'workflow.stopped',
  'array.task_cancelled',
  'array.tasks_cancelled',
  'array.released',
  'array.incomplete',
  'array.blocked',
  'document.view_saved',
  'document.view_removed',
]

test('every kind of fact that the server records can be chosen', () => {
  const kinds = Object.keys(api['x-sentences'])
    .filter((code) => code.startsWith('fact.'))
    .map((code) => code.slice('fact.'.length))
    .filter((kind) => !others.includes(kind))
  expect([...factKinds].sort()).toEqual(kinds.sort())
})
