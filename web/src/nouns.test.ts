// Each noun has what rail, palette, router, live updates and links need of it, and nothing else lists the nouns.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { catalogue } from './messages/catalogue'
import type { Noun } from './noun'
import { nouns, railParts } from './nouns'
import { factKinds } from './record/fact_kinds'
import { router } from './router'

/** A noun by its first fact, for messages of failures. */
const called = ({ facts }: Noun) => String(facts[0])
const pathsOf = ({ routes }: Noun): string[] => routes.map((route) => route.fullPath)
const sorted = (items: Iterable<string>) => [...items].sort()

test('the router has the pages of all nouns and no others, and each page can be loaded', async () => {
  const paths = nouns.flatMap(pathsOf)
  expect(new Set(paths).size).toBe(paths.length)
  expect(sorted(Object.keys(router.routesByPath))).toEqual(sorted(paths))
  for (const route of nouns.flatMap(({ routes }) => routes)) {
    const page = route.options.component
    expect(page?.preload, route.fullPath).toBeDefined()
    await page?.preload?.()
  }
})

test('what stands in the rail is one of its own pages, named in both languages, in a place of its own', () => {
  for (const noun of nouns) {
    if (noun.rail === undefined) continue
    const { to, label } = noun.rail
    expect(pathsOf(noun), to).toContain(to)
    expect(catalogue[label].en, to).not.toBe('')
    expect(catalogue[label].zh, to).toMatch(/\p{Script=Han}/u)
  }
  expect(railParts.length).toBe(nouns.filter(({ rail }) => rail).length)
  expect(new Set(railParts.map(({ place }) => place)).size).toBe(railParts.length)
  expect(railParts.map(({ to }) => to)).toEqual([
    '/',
    '/data',
    '/runs',
    '/knowledge',
    '/publications',
    '/log',
    '/settings',
  ])
})

test('a noun with a page of one has the link to it, and the link fills in what the path asks for', () => {
  for (const noun of nouns) {
    const single = pathsOf(noun).filter((path) => path.includes('$'))
    if (single.length === 0) continue
    const link = noun.link?.('7Q2M')
    expect(single, called(noun)).toContain(link?.to)
    expect(sorted(Object.keys(link?.params ?? {})), called(noun)).toEqual(
      sorted([...(link?.to ?? '').matchAll(/\$(\w+)/g)].map((found) => String(found[1]))),
    )
  }
})

test('each kind of fact is one noun’s and has its sentence, and each rule of staleness fits a kind', () => {
  expect(new Set(factKinds).size).toBe(factKinds.length)
  for (const kind of factKinds) expect(Object.keys(catalogue)).toContain(`say.fact.${kind}`)
  for (const { live } of nouns) {
    for (const beginning of live?.stale.flatMap(({ after }) => after) ?? [])
      expect(
        factKinds.some((kind) => kind.startsWith(beginning)),
        beginning,
      ).toBe(true)
  }
})

test('what has a lineage has a heading with a count, in a place of its own, and is asked again when something falls', () => {
  const inLineage = nouns.filter(({ lineage }) => lineage)
  expect(new Set(inLineage.map(({ lineage }) => lineage?.place)).size).toBe(inLineage.length)
  for (const noun of inLineage) {
    const entry = catalogue[noun.lineage?.group ?? 'reach.group.hidden']
    expect(entry.en, called(noun)).toMatchObject({
      one: expect.stringContaining('{count}'),
      other: expect.stringContaining('{count}'),
    })
    expect(noun.live?.queries.length, called(noun)).toBeGreaterThan(0)
    expect(noun.link, called(noun)).toBeDefined()
  }
})

const src = import.meta.dirname
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$|\.d\.ts$/.test(file))
  .map((file): [string, string] => [relative(src, join(src, file)), readFileSync(join(src, file), 'utf8')])

test('every noun’s file is in the list, and only the list and other nouns read it', () => {
  const files = sources.map(([file]) => file).filter((file) => file.endsWith('.noun.ts'))
  const list = sources.find(([file]) => file === 'nouns.ts')?.[1] ?? ''
  for (const file of files) expect(list).toContain(`from './${file.replace(/\.ts$/, '')}'`)
  expect(files.length).toBe(nouns.length)
  const readers = sources.filter(([, text]) => /from '[^']*\.noun'/.test(text)).map(([file]) => file)
  expect(readers.filter((file) => file !== 'nouns.ts' && !file.endsWith('.noun.ts'))).toEqual([])
})

test('no file that all nouns share names the pages or the facts of more than one', () => {
  const shared = sources.filter(
    ([file]) =>
      /^(frame|lineage|live|parts|soundness)\/|^[a-z]+\.tsx?$|^record\/fact_kinds/.test(file) && !/noun/.test(file),
  )
  expect(shared.length).toBeGreaterThan(20)
  for (const [file, text] of shared) {
    const named = nouns.filter(
      (noun) =>
        pathsOf(noun).some((path) => path !== '/' && (text.includes(`'${path}'`) || text.includes(`"${path}"`))) ||
        noun.facts.some((kind) => text.includes(`'${kind}'`)),
    )
    expect(named.map(called).slice(1), file).toEqual([])
  }
})
