// The icons, drawn on one 16-unit grid with one stroke. An icon always has a word or a label with it.

const paths = {
  home: 'M2.5 7.5 8 3l5.5 4.5M4 6.5V13h8V6.5',
  runs: 'M2.5 4h2M2.5 8h2M2.5 12h2M7 4h6.5M7 8h6.5M7 12h4',
  array:
    'M2.5 2.5h2.6v2.6H2.5zM6.7 2.5h2.6v2.6H6.7zM10.9 2.5h2.6v2.6h-2.6zM2.5 6.7h2.6v2.6H2.5zM6.7 6.7h2.6v2.6H6.7zM10.9 6.7h2.6v2.6h-2.6zM2.5 10.9h2.6v2.6H2.5zM6.7 10.9h2.6v2.6H6.7zM10.9 10.9h2.6v2.6h-2.6z',
  machine: 'M4.5 4.5h7v7h-7zM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14',
  steps: 'M2.5 2.5h4v4h-4zM9.5 9.5h4v4h-4zM6.5 4.5h5v5',
  knowledge:
    'M8 4.2C6.4 3 4.6 2.8 2.5 3v9.3c2.1-.2 3.9 0 5.5 1.2 1.6-1.2 3.4-1.4 5.5-1.2V3C11.4 2.8 9.6 3 8 4.2zM8 4.2v9.3',
  log: 'M4 2.5h8v11H4zM6 5.5h4M6 8h4M6 10.5h2.5',
  settings: 'M3 5h6M12 5h1M9 3.5v3M3 11h1M7 11h6M7 9.5v3',
  collapse: 'M9.5 4 5.5 8l4 4M13 3v10',
  expand: 'M6.5 4l4 4-4 4M3 3v10',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.5 10.5 13.5 13.5',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z',
  sun: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zM8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1',
  copy: 'M5.5 5.5h7v8h-7zM3.5 10.5v-8h7',
  check: 'M3.5 8.5 6.5 11.5 12.5 4.5',
  cross: 'M4 4l8 8M12 4l-8 8',
  plus: 'M8 3v10M3 8h10',
  down: 'M4 6l4 4 4-4',
  up: 'M4 10l4-4 4 4',
  left: 'M10 4 6 8l4 4',
  right: 'M6 4l4 4-4 4',
  download: 'M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13.2h10',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  person: 'M8 2.8a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2zM3 13.5c.4-2.6 2.4-3.8 5-3.8s4.6 1.2 5 3.8',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  follow: 'M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M3.5 13.5h9',
  wrap: 'M2.5 4h11M2.5 8h8.2a2.2 2.2 0 0 1 0 4.4H8M9.6 10.8 8 12.4 9.6 14M2.5 12h2.5',
  folder: 'M2 4h4l1.5 1.8H14V13H2z',
  file: 'M4 2.5h5L12 5.5v8H4zM9 2.5v3h3',
  picture: 'M2.5 3.5h11v9h-11zM4 11l3-3.5 2.2 2.3L11 8l2 3M5.4 6.2h.1',
  table: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M7 3.5v9',
  retract: 'M6 3 2.5 6.5 6 10M2.5 6.5H10a3.3 3.3 0 0 1 0 6.6H6',
  again: 'M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3',
  apart: 'M6.5 9.5 3.7 12.3M9.5 6.5l2.8-2.8M4 6 3 5M10 12l1 1M6 4 5 3M12 10l1 1',
  publish: 'M8 13V4M4.5 7 8 3.5 11.5 7M3 13.5h10',
  stop: 'M4 4h8v8H4z',
  archive: 'M2.5 3h11v3h-11zM3.5 6v7h9V6M6.5 8.5h3',
  tag: 'M2.5 2.5h5l6 6-5 5-6-6zM5.3 5.3h.1',
  pencil: 'M3 13l.7-3 7-7 2.3 2.3-7 7zM9.4 4.3l2.3 2.3',
  more: 'M3 8h1M7.5 8h1M12 8h1',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={paths[name]} />
    </svg>
  )
}
