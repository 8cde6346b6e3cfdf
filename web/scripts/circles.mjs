// Fails when files of src/ import each other in a circle. Imports of types count, too. Calls of `import()` do not
// count: the router uses them to load a page when it is first opened.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '..')
const endings = ['', '.ts', '.tsx', '/index.ts', '/index.tsx']

const files = new Set(
  readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name)),
)

/** The files of src/ that a file imports or re-exports. */
function importsOf(file) {
  const { statements } = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
  return statements
    .filter((statement) => ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement))
    .flatMap(({ moduleSpecifier }) => (moduleSpecifier?.text.startsWith('.') ? [moduleSpecifier.text] : []))
    .map((name) => resolve(dirname(file), name))
    .flatMap((path) => endings.map((ending) => path + ending).filter((found) => files.has(found)))
}

/** Groups of files that can all reach each other, by Tarjan's algorithm. */
function circlesOf(graph) {
  const number = new Map()
  const lowest = new Map()
  const stack = []
  const circles = []
  const visit = (file) => {
    number.set(file, number.size)
    lowest.set(file, number.get(file))
    stack.push(file)
    for (const next of graph.get(file)) {
      if (!number.has(next)) visit(next)
      if (stack.includes(next)) lowest.set(file, Math.min(lowest.get(file), lowest.get(next)))
    }
    if (lowest.get(file) !== number.get(file)) return
    const circle = stack.splice(stack.indexOf(file))
    if (circle.length > 1 || graph.get(file).includes(file)) circles.push(circle)
  }
  for (const file of graph.keys()) if (!number.has(file)) visit(file)
  return circles
}

const graph = new Map([...files].map((file) => [file, importsOf(file)]))
const circles = circlesOf(graph)
for (const circle of circles) {
  process.stderr.write('These files import each other in a circle:\n')
  for (const file of circle.sort()) {
    const within = graph.get(file).filter((next) => circle.includes(next))
    process.stderr.write(`  ${relative(root, file)} → ${within.map((next) => relative(root, next)).join(', ')}\n`)
  }
}
process.exitCode = circles.length === 0 ? 0 : 1
