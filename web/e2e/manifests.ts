// Folders with a manifest, for workflows. They lie next to the folder of the scripts, so that no run takes them for its
// code.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Hven } from './hven'

const kepler = join(import.meta.dirname, '../../examples/kepler')

/** A copy of the example; returns its folder. */
export async function copyKepler(hven: Hven): Promise<string> {
  const folder = join(dirname(hven.folder), 'kepler')
  await cp(kepler, folder, { recursive: true })
  return folder
}

/** Changes a step, and adds one that fails and one that needs it. */
export async function writeBroken(folder: string) {
  await writeFile(join(folder, 'fit.py'), `${await readFile(join(folder, 'fit.py'), 'utf8')}\n# changed\n`)
  const path = join(folder, 'hven.toml')
  const steps = `
[run.breaks]
command = "python3 -c 'raise SystemExit(3)'"
outputs = ["broken.csv"]

[run.after]
command = "cat broken.csv"
inputs = ["broken.csv"]
`
  await writeFile(path, (await readFile(path, 'utf8')) + steps)
}

/** A manifest whose second step waits until it is cancelled; returns its folder. */
export async function writeSlow(hven: Hven): Promise<string> {
  const folder = join(dirname(hven.folder), 'slow')
  await mkdir(folder)
  const manifest = `
[project]
name = "lab/slow"

[run.quick]
command = "touch quick.txt"
outputs = ["quick.txt"]

[run.slow]
command = "sleep 600"
inputs = ["quick.txt"]

[run.last]
command = "touch last.txt"
outputs = ["last.txt"]
`
  await writeFile(join(folder, 'hven.toml'), manifest)
  return folder
}
