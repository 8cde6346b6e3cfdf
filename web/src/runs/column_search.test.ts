import { expect, test } from 'vitest'
import { text } from '../messages/catalogue'
import { columnsMeant } from './column_search'

const offered = ['handle', 'outputs', 'memory', 'metrics.r2', 'metrics.val_r2', 'params.lr', 'params.val_r2.folds']
const meant = (typed: string) => columnsMeant(typed, offered, text)

test('a metric is found by its name alone', () => {
  expect(meant('val_r2')[0]).toBe('metrics.val_r2')
  expect(meant(' VAL_R2 ')[0]).toBe('metrics.val_r2')
  expect(meant('metrics.val_r2')).toEqual(['metrics.val_r2'])
  expect(meant('lr')).toEqual(['params.lr'])
})

test('what is called exactly so comes first, then what begins so', () => {
  expect(meant('r2').slice(0, 3)).toEqual(['metrics.r2', 'metrics.val_r2', 'params.val_r2.folds'])
  expect(meant('val')).toEqual(['metrics.val_r2', 'params.val_r2.folds', 'metrics.val', 'params.val'])
})

test('a column is found by what stands above it', () => {
  expect(meant('Peak mem')).toEqual(['memory'])
  expect(meant('outputs')[0]).toBe('outputs')
})

test('a name that no run here has may be one of either kind', () => {
  expect(meant('loss')).toEqual(['metrics.loss', 'params.loss'])
  expect(meant('params.depth')).toEqual(['params.depth'])
  expect(meant('metrics.')).toEqual(['metrics.r2', 'metrics.val_r2'])
  expect(meant('no such thing')).toEqual([])
  expect(meant('  ')).toEqual([])
})
