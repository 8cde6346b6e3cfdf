import { expect, test } from 'vitest'
import type { Node } from '../api/types'
import { grouped, nodeName, viewOf } from './node_view'

const run = (id: string, command: string, result_kind?: string) =>
  ({ kind: 'run', run: { id, command }, result_kind }) as Node
const dataset = { kind: 'dataset', dataset: { id: 'd1' } } as Node
const claim = { kind: 'claim', claim: { id: 'c1' } } as Node
const publication = { kind: 'publication', publication: { id: 'p1' } } as Node
const hidden = { kind: 'hidden' } as Node

test('each thing has a name for the server, except things without a page', () => {
  expect([run('r1', 'python3 fit.py'), dataset, claim, publication, hidden].map(nodeName)).toEqual([
    'run/r1',
    'data/d1',
    'claim/c1',
    'publication/p1',
    undefined,
  ])
})

test('a search for a law counts as a law, other runs do not', () => {
  const groupOf = (node: Node) => grouped([node])[0]?.[0]
  expect(
    [run('r1', 'recipe law', 'law'), run('r2', 'recipe span', 'files'), run('r3', 'recipe law')].map(groupOf),
  ).toEqual(['reach.group.law', 'reach.group.run', 'reach.group.run'])
})

test('the link of a search leads to its law after the search, and to its run when the run is to be repaired', () => {
  const search = (state: string) =>
    ({ kind: 'run', run: { id: 'r1', handle: '7Q2M', command: 'recipe law', state }, result_kind: 'law' }) as Node
  expect(viewOf(search('running'))?.link.to).toBe('/r/$run')
  expect(viewOf(search('done'))?.link.to).toBe('/laws/$run')
  expect(viewOf(search('done'))?.repair?.to).toBe('/r/$run')
})

test('groups have one order, and empty groups are left out', () => {
  const law = run('r1', 'recipe law', 'law')
  const fit = run('r2', 'python3 fit.py')
  expect(grouped([fit, hidden, law, publication, dataset, claim, run('r3', 'make')])).toEqual([
    ['reach.group.claim', [claim]],
    ['reach.group.law', [law]],
    ['reach.group.dataset', [dataset]],
    ['reach.group.run', [fit, run('r3', 'make')]],
    ['reach.group.publication', [publication]],
    ['reach.group.hidden', [hidden]],
  ])
  expect(grouped([hidden])).toEqual([['reach.group.hidden', [hidden]]])
})
