/** Hands a watch over to the Electron host, with the same options. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../pages';
import { electronProgram as programIn } from '../setup/electron.mjs';
import { endWith } from './signals';

/** Electron's program, or null when it is not installed. */
export const electronProgram = (): string | null =>
  programIn(join(projectRoot(), 'node_modules', 'electron'));

/**
 * Runs Electron until it ends; its exit code becomes ours.
 * @throws Error when Electron is not installed or cannot be started
 */
export async function runElectron(): Promise<void> {
  const program = electronProgram();
  if (program === null) {
    throw new Error('Electron is not installed: run `npx install-electron`, or take --host browser');
  }
  // The options as they were typed; the desktop host reads them with the same command.
  const typed = process.argv.slice(process.argv.indexOf('monitor'));
  const child = spawn(program, [join(projectRoot(), 'out', 'main', 'desktop.js'), ...typed], {
    stdio: 'inherit',
  });
  endWith(() => child.kill('SIGINT'));
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', (error) => {
      reject(new Error(`${program} cannot be started: ${error.message}`));
    });
    child.once('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}
