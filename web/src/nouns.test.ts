// Each noun has everything that rail, palette, router, live updates and links need, and no other file lists the nouns.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { catalogue } from './messages/catalogue'
import type { Noun } from './noun'
import { nouns, railEntries } from './nouns'
import { factKinds } from './record/fact_kinds'
import { router } from './router'

/** Names a noun in the message of a failure by its first kind of fact. */
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
}, 30_000)

test('an entry of the rail leads to a page of its noun, has a label in both languages and its own position', () => {
  for (const noun of nouns) {
    if (noun.rail === undefined) continue
    const { to, label } = noun.rail
    expect(pathsOf(noun), to).toContain(to)
    expect(catalogue[label].en, to).not.toBe('')
    expect(catalogue[label].zh, to).toMatch(/\p{Script=Han}/u)
  }
  expect(railEntries.length).toBe(nouns.filter(({ rail }) => rail).length)
  expect(new Set(railEntries.map(({ position }) => position)).size).toBe(railEntries.length)
})

test('a noun with a page of one thing has a link to it, with all parameters of the path', () => {
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

test('each kind of fact belongs to one noun and has a sentence, and each prefix of a rule fits a kind', () => {
  expect(new Set(factKinds).size).toBe(factKinds.length)
  for (const kind of factKinds) expect(Object.keys(catalogue)).toContain(`say.fact.${kind}`)
  for (const { live } of nouns) {
    for (const prefix of live?.stale.flatMap(({ factPrefixes }) => factPrefixes) ?? [])
      expect(
        factKinds.some((kind) => kind.startsWith(prefix)),
        prefix,
      ).toBe(true)
  }
})

test('a noun with a lineage has a heading with a count, its own position, and answers that become stale', () => {
  const inLineage = nouns.filter(({ lineage }) => lineage)
  expect(new Set(inLineage.map(({ lineage }) => lineage?.position)).size).toBe(inLineage.length)
  for (const noun of inLineage) {
    const entry = catalogue[noun.lineage?.group ?? 'reach.group.hidden']
    expect(entry.en, called(noun)).toMatchObject({
      one: expect.stringContaining('{count}'),
      other: expect.stringContaining('{count}'),
    })
    expect(noun.live?.queryKeys.length, called(noun)).toBeGreaterThan(0)
    expect(noun.link, called(noun)).toBeDefined()
  }
})

const src = import.meta.dirname
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$|\.d\.ts$/.test(file))
  .map((file): [string, string] => [relative(src, join(src, file)), readFileSync(join(src, file), 'utf8')])

test('the list names the file of every noun, and only the list and other nouns import it', () => {
  const files = sources.map(([file]) => file).filter((file) => file.endsWith('.noun.ts'))
  const list = sources.find(([file]) => file === 'noun_list.ts')?.[1] ?? ''
  for (const file of files) expect(list).toContain(`from './${file.replace(/\.ts$/, '')}'`)
  expect(files.length).toBe(nouns.length)
  expect(new Set(nouns.map(({ position }) => position)).size).toBe(nouns.length)
  const readers = sources.filter(([, text]) => /from '[^']*\.noun'/.test(text)).map(([file]) => file)
  expect(readers.filter((file) => file !== 'noun_list.ts' && !file.endsWith('.noun.ts'))).toEqual([])
})

test('no shared file names the pages or facts of two nouns', () => {
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
