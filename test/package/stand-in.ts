/**
 * A folder that looks to electron-builder like Electron's own, for machines where that cannot be had: a program that
 * holds nothing but the switches (fuses) that a package sets, and the lists beside it. It proves what is packed and how,
 * and that it needs no network; never that it runs.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What @electron/fuses looks for, version 1, eight switches as Electron has them by default (1 is on). */
const PROGRAM = Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01\x0810011001', 'latin1');

const PLIST = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>CFBundleIdentifier</key><string>com.github.Electron</string></dict></plist>
`;

/** Writes Linux' form into a folder. */
export async function linuxStandIn(folder: string): Promise<void> {
  await mkdir(join(folder, 'locales'), { recursive: true });
  await mkdir(join(folder, 'resources'));
  await writeFile(join(folder, 'electron'), PROGRAM);
  await chmod(join(folder, 'electron'), 0o755);
  await writeFile(join(folder, 'locales', 'en-US.pak'), '');
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'version'])
    await writeFile(join(folder, name), name);
}

/** Writes macOS' form: an application with its helpers. */
export async function macStandIn(folder: string): Promise<void> {
  const write = async (app: string, name: string): Promise<void> => {
    await mkdir(join(app, 'Contents', 'MacOS'), { recursive: true });
    await writeFile(join(app, 'Contents', 'Info.plist'), PLIST);
    await writeFile(join(app, 'Contents', 'MacOS', name), PROGRAM);
  };
  const app = join(folder, 'Electron.app');
  await write(app, 'Electron');
  await mkdir(join(app, 'Contents', 'Resources'));
  for (const kind of ['', ' (GPU)', ' (Plugin)', ' (Renderer)']) {
    const name = `Electron Helper${kind}`;
    await write(join(app, 'Contents', 'Frameworks', `${name}.app`), name);
  }
}
