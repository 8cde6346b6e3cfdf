import { expect, test } from 'vitest'
import { draftOf, emptyDraft } from './description_draft'
import { readAuthors, readKeywords } from './publication_document'

const ada = { name: 'Ada Lovelace', orcid: 'https://orcid.org/0000-0002-1825-0097', affiliation: 'Analytical Society' }

test('the description of a version is the default of the next version and is read back unchanged', () => {
  const description = {
    format: 'hven.publication/1',
    summary: { en: 'Far is slow.', zh: '越远越慢。' },
    authors: [ada, { name: '王小明' }],
    license: 'CC-BY-4.0',
    keywords: ['planets', 'orbits'],
  }
  const said = draftOf({ title: 'Distances', description })
  expect(said).toMatchObject({
    title: 'Distances',
    summary: 'Far is slow.',
    summaryZh: '越远越慢。',
    license: 'CC-BY-4.0',
  })
  expect(readAuthors(said.authors)).toEqual([ada, { name: '王小明' }])
  expect(readKeywords(said.keywords)).toEqual(['planets', 'orbits'])
})

test('the title of an erased description is left', () => {
  expect(draftOf({ title: 'Distances', description: null })).toEqual({ ...emptyDraft, title: 'Distances' })
})
