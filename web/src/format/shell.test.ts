import { expect, test } from 'vitest'
import { shellLine } from './shell'

test.each([
  [['python3', 'fit.py', '--lr=0.1'], 'python3 fit.py --lr=0.1'],
  [['echo', 'two words', ''], "echo 'two words' ''"],
  [['sh', '-c', "echo 'hi' > $OUT"], "sh -c 'echo '\\''hi'\\'' > $OUT'"],
  [['cat', "it's Gr\ueff6\uefdfe.txt"], "cat $'it\\'s Gr\\xF6\\xDFe.txt'"],
])('%j', (argv, line) => {
  expect(shellLine(argv)).toBe(line)
})
