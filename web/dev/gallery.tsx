// Shows parts on a page of their own with example data, for development. `npm run dev` serves it at /dev/gallery.html;
// builds do not contain it.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../src/theme/fonts.css'
import '../src/theme/tokens.css'
import '../src/theme/base.css'
import { VegaPlot } from '../src/plots/VegaPlot'
import { frontPlot, lawPlot, residualPlot } from './plots'

function Gallery() {
  return (
    <main id="page" style={{ display: 'grid', gap: '1rem', padding: '1rem', overflow: 'auto', height: '100dvh' }}>
      <div
        style={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 26rem), 1fr))', gap: '1rem' }}
      >
        <VegaPlot spec={lawPlot} name="law" />
        <VegaPlot spec={frontPlot} name="front" />
        <VegaPlot spec={residualPlot} name="residuals" height_px={200} />
        <VegaPlot
          spec={{ ...residualPlot, data: { url: 'https://example.org/x.csv' } }}
          name="elsewhere"
          height_px={200}
        />
      </div>
    </main>
  )
}

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Gallery />
    </StrictMode>,
  )
}
