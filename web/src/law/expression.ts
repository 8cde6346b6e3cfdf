// Evaluates the expression tree of a candidate in the page, so that each candidate of the front can be drawn over the
// data, not only the selected one.

export type Tree =
  | { number: { value: number } }
  | { variable: number }
  | { sum: Tree[] }
  | { product: Tree[] }
  | { power: [Tree, { value: number }] }
  | { call: [string, Tree] }

const functions: Record<string, (x: number) => number> = {
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
}

/** The value for one row of inputs; NaN where it has no value, or where the tree is not understood. */
export function evaluate(tree: Tree, inputs: readonly number[]): number {
  if ('number' in tree) return tree.number.value
  if ('variable' in tree) return inputs[tree.variable] ?? Number.NaN
  if ('sum' in tree) return tree.sum.reduce((sum, part) => sum + evaluate(part, inputs), 0)
  if ('product' in tree) return tree.product.reduce((product, part) => product * evaluate(part, inputs), 1)
  if ('power' in tree) return evaluate(tree.power[0], inputs) ** tree.power[1].value
  if ('call' in tree) return functions[tree.call[0]]?.(evaluate(tree.call[1], inputs)) ?? Number.NaN
  return Number.NaN
}
