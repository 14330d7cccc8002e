/**
 * What makes a job's process give way to the watch: the lowest priority, on Linux also the scheduling class that runs only
 * when nothing else wants the processor, and the disk when nobody else does. ARCHITECTURE.md has what that comes to.
 */
import { execFileSync } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import process from 'node:process';

/**
 * To be called before anything makes threads: those have the priority of who makes them. Never throws: where the system
 * does not allow it, the job is only less polite.
 * @param priority as `os.setPriority` takes it; another than the lowest is for tests, which must not wait for whatever else
 * a machine does
 */
export function giveWay(priority: number = constants.priority.PRIORITY_LOW): void {
  try {
    setPriority(priority);
  } catch {
    return;
  }
  if (process.platform !== 'linux' || priority !== constants.priority.PRIORITY_LOW) return;
  const pid = String(process.pid);
  // Both are of util-linux, which every distribution has. --all-tasks: Node has threads already.
  for (const [command, ...args] of [
    ['chrt', '--idle', '--all-tasks', '--pid', '0', pid],
    ['ionice', '--class', 'idle', '--pid', pid],
  ] as const)
    try {
      execFileSync(command, args, { stdio: 'ignore', timeout: 2000 });
    } catch {
      // Not there, or not allowed in this container.
    }
}
