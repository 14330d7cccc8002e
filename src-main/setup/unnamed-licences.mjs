// @ts-check
/**
 * Packages whose manifest names no licence, with what their LICENSE file is. A package that is neither named nor here
 * is refused by the tests.
 * @type {Readonly<Record<string, string>>}
 */
export const UNNAMED_LICENCES = { 'svelte-toolbelt': 'MIT' };
