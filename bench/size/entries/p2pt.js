// Its own build, by its path: its sources want Node's `events` of the bundler, and its package.json names no file
// that is there.
export { default } from '../../../node_modules/p2pt/dist/p2pt.js'
