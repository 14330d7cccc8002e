/** The processes of a browser, and what memory they take; Linux, whose /proc tells which process is which. */
import { readFileSync, readdirSync } from 'node:fs';

export interface Process {
  pid: number;
  parent: number;
  /** Chromium's name for what the process is for; '' for the browser itself. */
  kind: string;
}

function processes(): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const parent = Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]);
      const kind = /--type=([\w-]+)/.exec(readFileSync(`/proc/${name}/cmdline`, 'utf8'))?.[1] ?? '';
      return [{ pid: Number(name), parent, kind }];
    } catch {
      return []; // It ended while we looked.
    }
  });
}

/** A process and all that it started, it first. */
export function treeOf(pid: number): Process[] {
  const all = processes();
  const tree = all.filter((one) => one.pid === pid);
  for (const one of tree) tree.push(...all.filter(({ parent }) => parent === one.pid));
  return tree;
}

/** Bytes of memory that a process has to itself; 0 when it has ended. */
export function memoryOf(pid: number): number {
  try {
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${String(pid)}/statm`, 'utf8')
      .split(' ')
      .map(Number);
    return 4096 * (resident - shared);
  } catch {
    return 0;
  }
}

/** Bytes of a process and all that it started; null where the system does not tell. */
export const memoryOfTree = (pid: number): number | null =>
  process.platform === 'linux' ? treeOf(pid).reduce((sum, one) => sum + memoryOf(one.pid), 0) : null;
