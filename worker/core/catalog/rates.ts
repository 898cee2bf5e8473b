import type { Rate } from '../gcra.ts'

/** What an address may change: releases, metadata, reports. A guess: 600 peers behind it, each reporting in ten minutes. */
export const CHANGES: Rate = { perSecond: 1, burst: 120 }

/** Searches of an address. A guess: two who type at once, and a search engine's page behind one address. */
export const SEARCHES: Rate = { perSecond: 5, burst: 100 }
