// @ts-check
/** Where Electron's program is, when it is there. Plain JavaScript and Node only. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

/**
 * @param {string} folder Electron's package
 * @returns {string | null} path of its program
 */
export function electronProgram(folder) {
  try {
    const name = readFileSync(join(folder, 'path.txt'), 'utf8').trim();
    const program = join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'), name);
    return existsSync(program) ? program : null;
  } catch {
    return null;
  }
}
