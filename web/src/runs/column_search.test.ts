import { expect, test } from 'vitest'
import { text } from '../messages/catalogue'
import { matchingColumns } from './column_search'

const offered = ['handle', 'outputs', 'memory', 'metrics.r2', 'metrics.val_r2', 'params.lr', 'params.val_r2.folds']
const matching = (typed: string) => matchingColumns(typed, offered, text)

test('a metric is found by its name without the prefix', () => {
  expect(matching('val_r2')[0]).toBe('metrics.val_r2')
  expect(matching(' VAL_R2 ')[0]).toBe('metrics.val_r2')
  expect(matching('metrics.val_r2')).toEqual(['metrics.val_r2'])
  expect(matching('lr')).toEqual(['params.lr'])
})

test('exact matches come first, then names that start with the text', () => {
  expect(matching('r2').slice(0, 3)).toEqual(['metrics.r2', 'metrics.val_r2', 'params.val_r2.folds'])
  expect(matching('val')).toEqual(['metrics.val_r2', 'params.val_r2.folds', 'metrics.val', 'params.val'])
})

test('a column is found by its title', () => {
  expect(matching('Peak mem')).toEqual(['memory'])
  expect(matching('outputs')[0]).toBe('outputs')
})

test('a name that no loaded run has may be a parameter or a metric', () => {
  expect(matching('loss')).toEqual(['metrics.loss', 'params.loss'])
  expect(matching('params.depth')).toEqual(['params.depth'])
  expect(matching('metrics.')).toEqual(['metrics.r2', 'metrics.val_r2'])
  expect(matching('no such thing')).toEqual([])
  expect(matching('  ')).toEqual([])
})
