import type * as undici from 'undici';

/** undici, loaded for the first request: many workers and most commands send none, and it takes a fifth of their start. */
export function loadUndici(): typeof undici {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `require` has no types of its own
  return require('undici') as typeof undici;
}
