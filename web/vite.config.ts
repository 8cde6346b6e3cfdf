// Builds the pages into dist/, which the binary embeds and serves under the same origin.
// `npm run dev` forwards the API to the server named by HVEN_URL.
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const server = process.env.HVEN_URL ?? 'http://127.0.0.1:7878'

export default defineConfig({
  // Text of other people is shown safely: see src/jsx.
  plugins: [react({ jsxImportSource: '#jsx' })],
  build: {
    target: 'es2022',
    // The server's policy allows no data: fonts and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    // The code of the first page is one file. Shared chunks would make it larger and need more requests.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', test: /src\/main\.tsx$/ }] } } },
  },
  server: {
    proxy: {
      '/api': { target: server, changeOrigin: true },
      '/login': { target: server, changeOrigin: true },
    },
  },
  test: { include: ['src/**/*.test.{ts,tsx}'], environment: 'happy-dom' },
})
