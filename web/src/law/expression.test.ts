import { expect, test } from 'vitest'
import { evaluate, type Tree } from './expression'

const number = (value: number): Tree => ({ number: { value } })
const x: Tree = { variable: 0 }

test('a tree has the same value as its formula', () => {
  const check = (tree: Tree, inputs: number[], expected: number) =>
    expect(evaluate(tree, inputs)).toBeCloseTo(expected, 12)
  check({ product: [number(2), { power: [x, { value: 1.5 }] }] }, [4], 16)
  check({ sum: [x, { product: [number(-1), { variable: 1 }] }] }, [5, 3], 2)
  check({ call: ['exp', { call: ['log', x] }] }, [7], 7)
  check({ power: [x, { value: -1 }] }, [4], 0.25)
})

test('a tree without a value gives NaN', () => {
  expect(evaluate({ power: [x, { value: 0.5 }] }, [-1])).toBeNaN()
  expect(evaluate({ variable: 3 }, [1])).toBeNaN()
  expect(evaluate({ call: ['erf', x] }, [1])).toBeNaN()
  expect(evaluate({} as Tree, [1])).toBeNaN()
})
