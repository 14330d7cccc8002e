/** A disk that is really full: a small file system in memory, which only root of Linux may mount. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  folder: string;
  /** Takes all the room that is left. */
  fill(): void;
  /** Gives that room back. */
  free(): void;
  remove(): void;
}

/** @param kilobytes its size @returns null where none may be mounted */
export function smallDisk(kilobytes: number): SmallDisk | null {
  const folder = mkdtempSync(join(tmpdir(), 'maskwatch-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(kilobytes)}k`, 'maskwatch-test', folder], {
      stdio: 'ignore',
    });
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: () => {
      const { bsize, bavail } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(bsize * bavail), { flag: 'a' });
    },
    free: () => {
      rmSync(filler);
    },
    remove: () => {
      execFileSync('umount', ['--lazy', folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Whether this machine lets us have one; a test that cannot says that it is skipped. */
export const canFillDisks = ((): boolean => {
  const disk = smallDisk(64);
  disk?.remove();
  return disk !== null;
})();
