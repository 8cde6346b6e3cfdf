import { expect, test } from 'vitest'
import { previewKind, separatorOf } from './preview_kind'

test.each([
  ['plot.svg', 'image/svg+xml', 'image'],
  ['photo.tiff', 'image/tiff', 'none'],
  ['a.csv', 'text/csv', 'table'],
  ['a.tsv', 'application/octet-stream', 'table'],
  ['notes.md', 'text/markdown', 'text'],
  ['fit.json', 'application/json', 'text'],
  ['model.onnx', 'application/octet-stream', 'none'],
  ['page.html', 'text/html', 'page'],
  ['a.parquet', 'application/octet-stream', 'parquet'],
  ['fit.vl.json', 'application/json', 'plot'],
  ['fit.plotly.json', 'application/json', 'plotly'],
  ['results.csv', 'inode/directory', 'none'],
])('%s (%s) is shown as %s', (path, media_type, kind) => {
  expect(previewKind({ path, media_type })).toBe(kind)
})

test('the separator is the most frequent one in the first line', () => {
  expect(separatorOf('a.csv', 'a;b;c,d\n1,2,3')).toBe(';')
  expect(separatorOf('a.csv', 'a,b\n')).toBe(',')
  expect(separatorOf('a.txt', 'a\tb')).toBe('\t')
  expect(separatorOf('a.tsv', 'a,b')).toBe('\t')
})
