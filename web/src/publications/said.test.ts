import { expect, test } from 'vitest'
import { readAuthors, readKeywords } from './publication_document'
import { nothingSaid, saidOf } from './said'

const ada = { name: 'Ada Lovelace', orcid: 'https://orcid.org/0000-0002-1825-0097', affiliation: 'Analytical Society' }

test('what was said of a version is said again of the next, and is read back the same', () => {
  const description = {
    format: 'hven.publication/1',
    summary: { en: 'Far is slow.', zh: '越远越慢。' },
    authors: [ada, { name: '王小明' }],
    license: 'CC-BY-4.0',
    keywords: ['planets', 'orbits'],
  }
  const said = saidOf({ title: 'Distances', description })
  expect(said).toMatchObject({
    title: 'Distances',
    summary: 'Far is slow.',
    summaryZh: '越远越慢。',
    license: 'CC-BY-4.0',
  })
  expect(readAuthors(said.authors)).toEqual([ada, { name: '王小明' }])
  expect(readKeywords(said.keywords)).toEqual(['planets', 'orbits'])
})

test('of what was erased the title is left', () => {
  expect(saidOf({ title: 'Distances', description: null })).toEqual({ ...nothingSaid, title: 'Distances' })
})
