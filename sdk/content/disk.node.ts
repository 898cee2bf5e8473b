// What keeps content in Node. Browsers have disk.ts; package.json's `#disk` chooses.
export { openStore } from './store.node.ts'
export { openInstallation } from './versions.node.ts'
