import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        // Pure floors: no platform, no I/O.
        test: { name: 'core', include: ['test/protocol/**/*.test.ts', 'test/worker/core/**/*.test.ts'] },
      },
      {
        // The hub's shell inside workerd.
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: { name: 'hub', include: ['test/worker/shell/**/*.test.ts'] },
      },
      {
        // The built Worker, and real clients of it. One file at a time: they measure their patience in seconds.
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/scripts/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
