import { expect, test } from 'vitest'
import { pathOfMlflowLink } from './mlflow_links'

const run = '01a2372eb509776983d0581f82147d7b'

test.each([
  [`#/experiments/293799608970468071/runs/${run}`, `/r/${run}`],
  [`#/experiments/0/runs/${run}/artifacts`, `/r/${run}`],
  ['#/experiments/293799608970468071', '/runs'],
  ['#/experiments/0/runs/../../x', '/runs'],
  ['#/models/RM/versions/1', '/runs'],
  ['', undefined],
  ['#metrics', undefined],
  ['#/experimentsX', undefined],
])('%s', (fragment, path) => {
  expect(pathOfMlflowLink(fragment)).toBe(path)
})
