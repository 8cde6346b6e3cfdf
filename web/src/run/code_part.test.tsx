// The code of a run: the commit, and the repositories inside the folder.
import { cleanup, render } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import type { InnerRepository, RunDetail } from '../api/types'
import { setLanguage } from '../messages/language'
import { CodePart } from './CodePart'

afterEach(() => {
  cleanup()
  setLanguage('en')
})

const inner: InnerRepository[] = [
  { path: 'lib', commit: '0123456789abcdef', changed: true, is_named: true },
  { path: 'vendor', commit: 'fedcba9876543210', changed: false, is_named: true },
  { path: 'old', commit: null, changed: null, is_named: false },
]

const sentences = {
  en: [
    'lib at 0123456789ab, with changes',
    'vendor at fedcba987654',
    'old without a commit, not all of its files recorded',
  ],
  zh: ['lib，提交 0123456789ab，有改动', 'vendor，提交 fedcba987654', 'old，无提交，其文件未全部记录'],
}

function run(found: InnerRepository[]): RunDetail {
  const code = { kind: 'git', commit: 'abc', prefix: '', untracked: [], digest: '', inner: found }
  return { command: 'true', spec: { argv: ['true'], environment: {}, secrets: [], code } } as unknown as RunDetail
}

test.each(['en', 'zh'] as const)('each repository within is named in %s', (language) => {
  setLanguage(language)
  const { container } = render(<CodePart run={run(inner)} />)
  expect([...container.querySelectorAll('dd div')].map((line) => line.textContent)).toEqual(sentences[language])
})

test('without inner repositories the page does not mention them', () => {
  const { container } = render(<CodePart run={run([])} />)
  expect(container.querySelectorAll('dd div')).toHaveLength(0)
})
