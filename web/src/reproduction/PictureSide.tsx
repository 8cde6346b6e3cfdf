// A picture, as an image that runs no scripts, with a ring around the pixel that differs most.
import { useState } from 'react'
import type { RunFile } from '../api/types'
import { usePicture } from '../outputs/objects'
import { Problem } from '../parts/Notice'
import type { Place } from './comparison'
import style from './Reproduction.module.css'

interface PictureSideProps {
  file: RunFile
  url: string
  places: Place[]
}

export function PictureSide({ file, url, places }: PictureSideProps) {
  const { shown, error } = usePicture(file, url)
  const [size, setSize] = useState<{ width: number; height: number }>()
  if (error) return <Problem error={error} />
  const pixels = places.flatMap(({ spot: { is, x, y } }) =>
    is === 'pixel' && x !== undefined && y !== undefined ? [{ x, y }] : [],
  )
  return (
    <div className={style.picture}>
      <span>
        {shown && (
          <img
            src={shown}
            alt={file.path}
            onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
              setSize({ width: naturalWidth, height: naturalHeight })
            }
          />
        )}
        {size &&
          pixels.map(({ x, y }) => (
            <i
              key={`${x} ${y}`}
              className={style.ring}
              style={{ left: `${((x + 0.5) / size.width) * 100}%`, top: `${((y + 0.5) / size.height) * 100}%` }}
            />
          ))}
      </span>
    </div>
  )
}
