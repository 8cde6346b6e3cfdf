import { expect, test } from 'vitest'
import type { Node } from '../api/types'
import { grouped, nodeName, nounOf } from './node_name'

const run = (id: string, command: string) => ({ kind: 'run', run: { id, command } }) as Node
const dataset = { kind: 'dataset', dataset: { id: 'd1' } } as Node
const claim = { kind: 'claim', claim: { id: 'c1' } } as Node
const publication = { kind: 'publication', publication: { id: 'p1' } } as Node
const hidden = { kind: 'hidden' } as Node

test('each thing is named for the server, and what has no name is not', () => {
  expect([run('r1', 'python3 fit.py'), dataset, claim, publication, hidden].map(nodeName)).toEqual([
    'run/r1',
    'data/d1',
    'claim/c1',
    'publication/p1',
    undefined,
  ])
})

test('a search for a law counts as a law, other runs do not', () => {
  expect([run('r1', 'recipe law'), run('r2', 'recipe lawful'), run('r3', 'sh -c "recipe law"')].map(nounOf)).toEqual([
    'law',
    'run',
    'run',
  ])
})

test('groups come in one order, and empty ones not at all', () => {
  const law = run('r1', 'recipe law')
  const fit = run('r2', 'python3 fit.py')
  expect(grouped([fit, hidden, law, claim, run('r3', 'make')])).toEqual([
    ['claim', [claim]],
    ['law', [law]],
    ['run', [fit, run('r3', 'make')]],
    ['hidden', [hidden]],
  ])
})
