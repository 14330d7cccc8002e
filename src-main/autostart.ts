/**
 * Starting with the computer, as desktops on Linux do it: an autostart file of the user's (freedesktop.org, Desktop
 * Application Autostart Specification). It starts maskwatch as it was started when it was asked for.
 */
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from './store/settings';

/** The file. */
export function autostartFile(env: NodeJS.ProcessEnv = process.env): string {
  const xdg = env['XDG_CONFIG_HOME'];
  return join(
    xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.config'),
    'autostart',
    'maskwatch.desktop',
  );
}

/** An argument of an Exec line (Desktop Entry Specification, "The Exec key"). */
const quoted = (argument: string): string =>
  // The line is a string first, in which a backslash is written twice.
  `"${argument
    .replaceAll(/["`$\\]/g, '\\$&')
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%')}"`;

/**
 * Writes or removes the file.
 * @param command program and arguments that start maskwatch
 * @throws Error in one sentence when it cannot be written
 */
export async function startWithDesktop(
  on: boolean,
  command: readonly string[],
  file = autostartFile(),
): Promise<void> {
  const lines = [
    '[Desktop Entry]',
    'Type=Application',
    'Name=maskwatch',
    'Comment=Watches an entrance and says how each face wears its mask',
    `Exec=${command.map(quoted).join(' ')}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ];
  try {
    if (on) await writeWhole(file, lines.join('\n'));
    else await rm(file, { force: true });
  } catch (error) {
    throw new Error(`${file} cannot be ${on ? 'written' : 'removed'}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Options with a value that a start with the computer keeps; what is for a trial is left out. */
const KEPT = ['--settings', '--port', '--model', '--provider', '--reach', '--host'];

/** The options of this start that hold for the next one. @param typed as they were typed after the program */
export function keptOptions(typed: readonly string[]): string[] {
  const kept: string[] = typed.includes('--kiosk') ? ['--kiosk'] : [];
  for (const [index, option] of typed.entries()) {
    const [name = '', value] = option.split('=', 2);
    if (!KEPT.includes(name)) continue;
    if (value !== undefined) kept.push(option);
    else if (typed[index + 1] !== undefined) kept.push(name, typed[index + 1]!);
  }
  return kept;
}
