import { defineConfig, globalIgnores } from 'eslint/config'
import { configs } from 'typescript-eslint'

/** What a pure core may not do: it decides, and a shell acts. `.dependency-cruiser.cjs` holds the imports. */
const impure = [
  { selector: 'AwaitExpression', message: 'A core never waits: it returns effects, and a shell carries them out.' },
  { selector: ':function[async=true]', message: 'A core is synchronous: it returns effects.' },
  { selector: 'NewExpression[callee.name="Date"]', message: 'A core is told the time: take `now` as an argument.' },
]
const impureProperties = [
  { object: 'Date', property: 'now', message: 'A core is told the time: take `now` as an argument.' },
  { object: 'Math', property: 'random', message: 'A core is given its randomness: take `random` as an argument.' },
]
const platform = [
  ...['fetch', 'WebSocket', 'WebSocketPair', 'Request', 'Response', 'crypto', 'performance', 'process', 'console'],
  ...['setTimeout', 'setInterval', 'queueMicrotask', 'scheduler', 'Buffer', 'globalThis', 'document', 'window'],
].map((name) => ({ name, message: 'A core knows no platform: let a shell do it.' }))

export default defineConfig(
  globalIgnores(['dist', '.wrangler', '.edgeswarm', '**/*.cjs']),
  { files: ['**/*.ts'], extends: [configs.strictTypeChecked, configs.stylisticTypeChecked] },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A row of a database is a type and not an interface: an interface has no index signature.
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Index signatures are read as `fields['name']`, as noPropertyAccessFromIndexSignature wants it.
      '@typescript-eslint/dot-notation': 'off',
    },
  },
  {
    files: [
      'protocol/**/*.ts',
      'worker/core/**/*.ts',
      'sdk/core/**/*.ts',
      'sdk/overlay/**/*.ts',
      'sdk/content/core/**/*.ts',
    ],
    rules: {
      'no-restricted-syntax': ['error', ...impure],
      'no-restricted-properties': ['error', ...impureProperties],
      'no-restricted-globals': ['error', ...platform],
    },
  },
  {
    files: ['**/*.mjs'],
    extends: [configs.base],
    languageOptions: { globals: { console: true, process: true, URL: true } },
  },
)
