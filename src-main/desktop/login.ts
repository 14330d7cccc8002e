/** Starting with the computer: Electron's login item where the system has such, an autostart file on Linux. */
import { app as electron } from 'electron';
import { keptOptions, startWithDesktop } from '../autostart';

/** @throws Error in one sentence when it cannot be arranged */
export async function startWithComputer(on: boolean): Promise<void> {
  const isScript = process.argv[1]?.endsWith('desktop.js') === true;
  const typed = process.argv.slice(isScript ? 2 : 1);
  const script = isScript ? [process.argv[1]!, 'monitor'] : [];
  const args = [...script, ...keptOptions(typed)];
  if (process.platform === 'linux') {
    // An AppImage runs from a folder that is gone tomorrow; this names the file itself.
    await startWithDesktop(on, [process.env['APPIMAGE'] ?? process.execPath, ...args]);
    return;
  }
  electron.setLoginItemSettings({ openAtLogin: on, args });
  if (electron.getLoginItemSettings({ args }).openAtLogin !== on)
    throw new Error('the system did not take it: see its settings for what starts with the computer');
}
