// The text in the filter field, and the part that stays in the field after it was passed on.
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { FilterWords } from './completion'
import { FilterInput } from './FilterInput'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

const filters: FilterWords[] = []
function Shown() {
  const [words, setWords] = useState('')
  const onChange = (filter: FilterWords) => {
    filters.push(filter)
    setWords(filter.q)
  }
  return <FilterInput value={words} projects={['home']} tags={['good']} onChange={onChange} />
}

const field = () => screen.getByRole<HTMLInputElement>('combobox')
const type = (value: string) => {
  fireEvent.change(field(), { target: { value } })
  act(() => vi.advanceTimersByTime(1000))
}

test('a separate filter leaves the field, also when the words stay the same', () => {
  filters.length = 0
  render(<Shown />)
  type('tag:go')
  expect(filters).toEqual([])
  fireEvent.click(screen.getByRole('option', { name: 'tag:good' }))
  expect(filters).toEqual([{ q: '', tags: ['good'] }])
  expect(field().value).toBe('')
  // After the tag was removed next to the field, it does not return with the next word.
  type('fit')
  expect(filters.slice(1)).toEqual([{ q: 'fit' }])
  expect(field().value).toBe('fit')
  type('fit state:done ')
  expect(filters.slice(2)).toEqual([{ q: 'fit', state: 'done' }])
  expect(field().value).toBe('fit ')
  type('fit project:home')
  fireEvent.keyDown(field(), { key: 'Enter' })
  expect(filters.slice(3)).toEqual([{ q: 'fit', project: 'home' }])
  expect(field().value).toBe('fit ')
  // An unknown state is a plain word.
  type('state:odd ')
  expect(field().value.trim()).toBe('state:odd')
})
