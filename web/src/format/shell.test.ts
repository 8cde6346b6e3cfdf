import { expect, test } from 'vitest'
import { shellLine } from './shell'

test.each([
  [['python3', 'fit.py', '--lr=0.1'], 'python3 fit.py --lr=0.1'],
  [['echo', 'two words', ''], "echo 'two words' ''"],
  [['sh', '-c', "echo 'hi' > $OUT"], "sh -c 'echo '\\''hi'\\'' > $OUT'"],
])('%j', (argv, line) => {
  expect(shellLine(argv)).toBe(line)
})
