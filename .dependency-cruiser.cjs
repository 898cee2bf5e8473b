// The floors: imports only go down. docs/ARCHITECTURE.md shows the building.
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    forbid(
      'no-cycles',
      'A cycle has no floor.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    forbid(
      'protocol-stands-alone',
      'The protocol imports nothing outside itself.',
      { path: '^protocol/' },
      { pathNot: '^protocol/' },
    ),
    forbid(
      'cores-know-no-platform',
      'A core imports the protocol and its own floor.',
      { path: '^worker/core/' },
      { pathNot: '^(protocol|worker/core)/' },
    ),
    forbid(
      'sdk-cores-know-no-platform',
      'A core imports the protocol and its own floor; not the overlay either.',
      { path: '^sdk/core/' },
      { pathNot: '^(protocol|sdk/core)/' },
    ),
    forbid(
      'overlay-knows-no-platform',
      'The cores of the overlay import the protocol, the other cores and their own floor.',
      { path: '^sdk/overlay/' },
      { pathNot: '^(protocol|sdk/core|sdk/overlay)/' },
    ),
    forbid(
      'content-cores-know-no-platform',
      'The piece policy imports the protocol, the other cores and its own floor.',
      { path: '^sdk/content/core/' },
      { pathNot: '^(protocol|sdk/core|sdk/content/core)/' },
    ),
    forbid(
      'sdk-shells-below-faces',
      'A shell does not import faces.',
      { path: '^sdk/shell/' },
      { path: '^sdk/(mesh/|index)' },
    ),
    forbid(
      'one-platform-seam',
      'Only the seams know the engine of a platform.',
      { path: '^sdk/', pathNot: '^sdk/shell/rtc(\\.node)?\\.ts$' },
      { path: 'node-datachannel|^node:' },
    ),
    forbid(
      'shells-below-faces',
      'A shell does not import routes or the entry.',
      { path: '^worker/shell/' },
      { path: '^worker/(routes/|index)' },
    ),
    forbid(
      'worker-apart-from-sdk',
      'The worker and the SDK share the protocol only.',
      { path: '^worker/' },
      { path: '^(sdk|examples|scripts|bench|test)/' },
    ),
    forbid(
      'sdk-apart-from-worker',
      'The SDK and the worker share the protocol only.',
      { path: '^sdk/' },
      { path: '^(worker|examples|scripts|bench|test)/' },
    ),
    forbid(
      'examples-above-sdk',
      'Examples import the SDK, as a user would.',
      { path: '^examples/' },
      { path: '^(worker|protocol|scripts|bench|test)/' },
    ),
    forbid(
      'no-unresolvable',
      'This import leads nowhere.',
      {},
      { couldNotResolve: true, pathNot: '^(cloudflare:|dist/|\\.\\./\\.\\./dist/)' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
}
