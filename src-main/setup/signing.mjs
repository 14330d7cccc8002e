// @ts-check
/** What electron-builder signs and notarises with, from the environment. */

/** Certificates and their passwords, and Apple's accounts. */
const SECRET = /^(CSC|WIN_CSC|APPLE)_/;

/**
 * The environment without secrets that are empty: a workflow gives those that a project does not have as empty text, which
 * electron-builder on macOS takes for the path of a certificate.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export const signingOf = (env) =>
  Object.fromEntries(
    Object.entries(env).filter(([name, value]) => !SECRET.test(name) || value?.trim() !== ''),
  );
