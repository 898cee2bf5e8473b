// What keeps content in a browser. Node has disk.node.ts; package.json's `#disk` chooses.
export { openStore } from './store.ts'
export { openInstallation } from './versions.ts'
