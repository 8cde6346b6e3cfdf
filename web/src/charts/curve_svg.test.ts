import { expect, test } from 'vitest'
import { curveSvg, type SvgLook } from './curve_svg'

const look: SvgLook = {
  width: 640,
  height: 400,
  line: '#123456',
  ink: '#000',
  rule: '#ccc',
  ground: '#fff',
  logScale: false,
  xLabel: 'step',
  yLabel: 'loss (eV)',
  number: String,
}

function pathsOf(svg: string) {
  const document = new DOMParser().parseFromString(svg, 'image/svg+xml')
  return document.querySelector('path[stroke="#123456"]')?.getAttribute('d') ?? ''
}

test('a value that is not finite makes a gap', () => {
  const svg = curveSvg({ name: 'loss', across: 'step', x: [0, 1, 2, 3], y: [1, Number.NaN, 3, 4] }, look)
  expect(pathsOf(svg).match(/M/g)).toHaveLength(2)
  expect(svg).not.toContain('NaN')
})

test('a single point is drawn within the frame', () => {
  const svg = curveSvg({ name: 'loss', across: 'step', x: [5], y: [2] }, look)
  expect(svg).toMatch(/<circle cx="[\d.]+" cy="[\d.]+"/)
  expect(svg).not.toContain('NaN')
})

test('both axes have titles', () => {
  const svg = curveSvg({ name: 'loss', across: 'step', x: [0, 1], y: [1, 2] }, look)
  const texts = [...new DOMParser().parseFromString(svg, 'image/svg+xml').querySelectorAll('text')]
  const written = texts.map((text) => text.textContent)
  expect(written).toContain('step')
  expect(written).toContain('loss (eV)')
})

test('years are not grouped on either axis', () => {
  const svg = curveSvg({ name: 'year', across: 'step', x: [2005, 2007], y: [2005, 2007] }, look)
  const texts = [...new DOMParser().parseFromString(svg, 'image/svg+xml').querySelectorAll('text')]
  const numbers = texts.map((text) => Number(text.textContent)).filter((number) => number > 1000)
  expect(numbers.sort()).toEqual([2005, 2005, 2006, 2006, 2007, 2007])
})

test('a log scale leaves out values that are not positive', () => {
  const svg = curveSvg({ name: 'loss', across: 'step', x: [0, 1, 2], y: [-1, 10, 100] }, { ...look, logScale: true })
  expect(svg.match(/<circle/g)).toHaveLength(2)
  expect(svg).not.toContain('NaN')
})

test('names are escaped', () => {
  const svg = curveSvg({ name: '<script>"a&b"', across: 'step', x: [0, 1], y: [1, 2] }, look)
  expect(svg).not.toContain('<script>')
})

test('a name with invisible characters shows their codes', () => {
  const svg = curveSvg({ name: 'loss\u202e', across: 'step', x: [0, 1], y: [1, 2] }, look)
  expect(svg).toContain('<title>loss\\u{202e}</title>')
  expect(svg).not.toContain('\u202e')
})
