import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Publishers under test remember beside these what they published, and not beside the user's. */
const env = { EDGESWARM_KEYS: fileURLToPath(new URL('dist/test-keys', import.meta.url)) }

export default defineConfig({
  test: {
    projects: [
      {
        // Pure floors: no platform, no I/O.
        test: {
          name: 'core',
          include: [
            'test/protocol/**/*.test.ts',
            'test/worker/core/**/*.test.ts',
            'test/sdk/core/**/*.test.ts',
            'test/simulation/**/*.test.ts',
            'test/sdk/overlay/**/*.test.ts',
            'test/sdk/content/core/**/*.test.ts',
            'test/sdk/size.test.ts',
          ],
          // On a machine with much else to do the largest of them take their time.
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // The hub's shell inside workerd.
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { r2Buckets: ['CONTENT'], bindings: { PUBLISHERS: '*' } },
          }),
        ],
        test: { name: 'hub', include: ['test/worker/shell/**/*.test.ts'], sequence: { groupOrder: 0 } },
      },
      {
        // The SDK's shells and faces over real links. One file at a time: they measure patience too.
        test: {
          name: 'sdk',
          env,
          include: ['test/sdk/shell/**/*.test.ts', 'test/sdk/content/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 0 },
          testTimeout: 30_000,
        },
      },
      {
        // The built Worker and package, real clients of them, and the commands. After the others and one file at a
        // time: some build the Worker anew, and real clients measure their patience in seconds.
        test: {
          name: 'e2e',
          env,
          include: [
            'test/e2e/**/*.test.ts',
            'test/scripts/**/*.test.ts',
            'test/sdk/e2e/**/*.test.ts',
            'test/sdk/cli/**/*.test.ts',
            'test/package/**/*.test.ts',
          ],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
