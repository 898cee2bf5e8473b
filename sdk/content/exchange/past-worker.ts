/**
 * What a request of ours for the origin ends in. A service worker sees it and lets the request pass, and the server never
 * does: without it the worker would ask the page for what the page is fetching.
 */
export const PAST_WORKER = '#edgeswarm-origin'
