import { cleanup, render } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { setLanguage } from '../messages/language'
import { LogMatchView } from './LogMatchView'

afterEach(() => {
  cleanup()
  setLanguage('en')
})

const match = {
  offset: 0,
  line: 1,
  source: 'stderr',
  state: 432,
  overwritten: true,
  at: 13,
  text: '…431/600 loss=nan \u202e…',
}

test('a match shows its position, the text around it and the marked words', () => {
  const { container } = render(<LogMatchView match={match} query="LOSS=nan" />)
  expect(container.textContent).toBe('line 1, state 432, later overwritten…431/600 loss=nan \\u{202e}…')
  expect(container.querySelector('mark')?.textContent).toBe('loss=nan')
})

test('a match is described in Chinese', () => {
  setLanguage('zh')
  const { container } = render(<LogMatchView match={{ ...match, state: 1, overwritten: false }} query="" />)
  expect(container.textContent).toContain('第 1 行')
})
