// What is typed into the filter, and what stays in the field when it was handed on.
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

const told: FilterWords[] = []
function Shown() {
  const [words, setWords] = useState('')
  const onChange = (filter: FilterWords) => {
    told.push(filter)
    setWords(filter.q)
  }
  return <FilterInput value={words} projects={['home']} tags={['good']} onChange={onChange} />
}

const field = () => screen.getByRole<HTMLInputElement>('combobox')
const type = (value: string) => {
  fireEvent.change(field(), { target: { value } })
  act(() => vi.advanceTimersByTime(1000))
}

test('what is handed on by itself leaves the field, also when the words are the same', () => {
  told.length = 0
  render(<Shown />)
  type('tag:go')
  expect(told).toEqual([])
  fireEvent.click(screen.getByRole('option', { name: 'tag:good' }))
  expect(told).toEqual([{ q: '', tags: ['good'] }])
  expect(field().value).toBe('')
  // The tag may be dropped beside the field: it does not come back with the next word.
  type('fit')
  expect(told.slice(1)).toEqual([{ q: 'fit' }])
  expect(field().value).toBe('fit')
  type('fit state:done ')
  expect(told.slice(2)).toEqual([{ q: 'fit', state: 'done' }])
  expect(field().value).toBe('fit ')
  type('fit project:home')
  fireEvent.keyDown(field(), { key: 'Enter' })
  expect(told.slice(3)).toEqual([{ q: 'fit', project: 'home' }])
  expect(field().value).toBe('fit ')
  // What is no state is a word.
  type('state:odd ')
  expect(field().value.trim()).toBe('state:odd')
})
