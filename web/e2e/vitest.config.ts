// The browser tests run one after the other, each file with its own home, server and browser.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 60_000,
    // A test that needs too long on a busy machine is tried once more; the report counts it as retried.
    retry: 1,
    expect: { poll: { timeout: 15_000, interval: 100 } },
  },
})
