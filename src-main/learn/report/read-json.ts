/** The JSON files of a run's folder, each checked as it is read. */
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';

async function json(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  });
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** @returns undefined where there is no such file @throws Error naming the file that is damaged */
export async function checked<T>(path: string, schema: v.GenericSchema<unknown, T>): Promise<T | undefined> {
  const read = await json(path);
  if (read === undefined) return undefined;
  const result = v.safeParse(schema, read);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new Error(`${path} is not valid: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
}
