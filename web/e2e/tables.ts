// Tables that the tests import, and things made of them: a law, claims.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hven } from './hven'

export const planets = `name,semi_major_axis,period
Mercury,0.38709927,0.2408467
Venus,0.72333566,0.61519726
Earth,1.00000261,1.0000174
Mars,1.52371034,1.8808476
Ceres,2.7691651,4.608
Jupiter,5.20288700,11.862615
Saturn,9.53667594,29.447498
Neptune,30.06992276,164.79132
`

/** A thousands separator, a missing cell, a negative mass. */
export const unsound = `name,mass,discovered
Alpha,1.2,1999-01-02
Beta,"1,300",1894-05-06
Gamma,-4,2002-02-03
Delta,5
`

export const wide = { columns: 300, rows: 120 }

function wideTable(): string {
  const names = Array.from({ length: wide.columns }, (_, at) => `c${at}`)
  const rows = Array.from({ length: wide.rows }, (_, row) => names.map((_, at) => ((row * 37 + at * 11) % 101) / 7))
  return [names, ...rows].map((cells) => cells.join(',')).join('\n')
}

const law = ['--target', 'period', '--input', 'semi_major_axis', '--set', 'evaluations=20000']

/** The retracted and suspect things: a table, the law found in it and the claim judged on that law. */
export interface Fallen {
  moons: string
  law: string
  claim: string
}

/** Imports a table with a wrong row, builds on it, retracts it, and imports the corrected table. */
export async function fall(hven: Hven): Promise<Fallen> {
  const moons = planets.replace('4.608', '46.08')
  await writeFile(join(hven.folder, 'moons.csv'), moons)
  await hven.cli('data', 'add', 'moons.csv', '--unit', 'period=yr', '--unit', 'semi_major_axis=AU')
  await hven.cli('law', 'find', 'moons', '--name', 'moons-law', ...law)
  const [found] = (await hven.api<{ items: { handle: string }[] }>('GET', '/runs?limit=1')).items
  const handle = found?.handle ?? ''
  const statement = ['state', 'moons', 'Moons keep the third law too.', '--test', 'r2 > 0.9', '--evidence', handle]
  await hven.cli('claim', ...statement)
  const claim = await hven.api<{ id: string }>('POST', '/claims/moons/judge')
  const dataset = await hven.api<{ id: string }>('GET', '/datasets/moons')
  await hven.cli('retract', 'moons@1', '--because', 'a decimal point in the wrong place', '--yes')
  await writeFile(join(hven.folder, 'moons.csv'), planets)
  await hven.cli('data', 'add', 'moons.csv', '--unit', 'period=yr', '--unit', 'semi_major_axis=AU')
  return { moons: dataset.id, law: handle, claim: claim.id }
}

/** The ids and handles of the things in a filled home. */
export class Catalogue {
  readonly table = planets
  planets = ''
  unsound = ''
  wide = ''
  law = ''
  kepler3 = ''
  linear = ''
  unjudged = ''

  static async fill(hven: Hven): Promise<Catalogue> {
    const catalogue = new Catalogue()
    const tables = { planets, unsound, wide: wideTable() }
    for (const [name, table] of Object.entries(tables)) await writeFile(join(hven.folder, `${name}.csv`), table)
    const units = ['--unit', 'period=yr', '--unit', 'semi_major_axis=AU', '--license', 'CC0-1.0']
    await hven.cli('data', 'add', 'planets.csv', ...units, '--check', 'period > 0')
    // The import succeeds, but its exit status reports that a check fails.
    await hven.cli('data', 'add', 'unsound.csv', '--unit', 'mass=kg', '--check', 'mass > 0').catch(() => undefined)
    await hven.cli('data', 'add', 'wide.csv')
    await hven.cli('data', 'split', 'planets', '--part', 'train=0.75', '--part', 'test=0.25', '--hold-out', 'test')
    const datasets = (await hven.api<{ items: { name: string; id: string }[] }>('GET', '/datasets')).items
    for (const { name, id } of datasets) catalogue[name as 'planets'] = id

    await hven.cli('law', 'find', 'planets', ...law)
    const [found] = (await hven.api<{ items: { handle: string }[] }>('GET', '/runs?limit=1')).items
    catalogue.law = found?.handle ?? ''
    const claims: Record<string, [string, string]> = {
      kepler3: [
        'The square of a period is proportional to the cube of a distance.',
        'abs(exponent.semi_major_axis - 1.5) < 0.01',
      ],
      linear: ['Periods grow in proportion to distances.', 'abs(exponent.semi_major_axis - 1) < 0.01'],
      unjudged: ['Something that nobody has judged yet.', 'no_such_quantity > 0.9'],
    }
    for (const [name, [statement, condition]] of Object.entries(claims))
      await hven.cli('claim', 'state', name, statement, '--test', condition, '--evidence', 'run.law')
    for (const name of ['kepler3', 'linear']) await hven.api('POST', `/claims/${name}/judge`)
    const stated = (await hven.api<{ items: { name: string; id: string }[] }>('GET', '/claims')).items
    for (const { name, id } of stated) catalogue[name as 'kepler3'] = id
    return catalogue
  }
}
