import { expect, test } from 'vitest'
import { readAuthors, readKeywords, readPublication, summaryIn } from './publication_document'

test('authors are read one a line, with ORCID iD and affiliation in any order', () => {
  expect(readAuthors('Ada Lovelace\n\n 王小明； 0000-0002-1825-009x ；某大学 \nN. N.; Uranienborg')).toEqual([
    { name: 'Ada Lovelace' },
    { name: '王小明', orcid: 'https://orcid.org/0000-0002-1825-009X', affiliation: '某大学' },
    { name: 'N. N.', affiliation: 'Uranienborg' },
  ])
  expect(readAuthors(' \n; 0000-0002-1825-0097')).toEqual([])
})

test('keywords are separated by Latin or Chinese commas, without duplicates', () => {
  expect(readKeywords('planets, orbits， planets ,')).toEqual(['planets', 'orbits'])
})

test('a document of another kind is not read, and a document without parts has none', () => {
  expect(readPublication(null)).toBeUndefined()
  expect(readPublication({ format: 'other/1' })).toBeUndefined()
  expect(readPublication({ format: 'hven.publication/1' })?.datasets).toEqual([])
})

test('the summary is shown in the reader’s language, otherwise in the other', () => {
  expect(summaryIn({ en: 'a', zh: '甲' }, 'zh')).toBe('甲')
  expect(summaryIn({ en: 'a' }, 'zh')).toBe('a')
  expect(summaryIn({}, 'en')).toBeUndefined()
})
