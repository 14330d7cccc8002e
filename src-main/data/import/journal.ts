/**
 * What an import has done so far, a line of JSON a picture, so that one that was broken off goes on where it stopped.
 * The first line says what is imported, and how: an import with other settings is another import.
 */
import { type FileHandle, open, readdir, readFile, truncate } from 'node:fs/promises';
import * as v from 'valibot';
import { MASK_CLASSES } from '../../api';

const boxSchema = v.tuple([v.number(), v.number(), v.number(), v.number()]);
const cropSchema = v.object({
  /** Name of the file. */
  name: v.string(),
  label: v.picklist(MASK_CLASSES),
  box: v.optional(boxSchema),
  score: v.optional(v.number()),
  px: v.optional(v.number()),
});
const entrySchema = v.union([
  v.object({
    /** The picture's path. */
    item: v.string(),
    crops: v.array(cropSchema),
    /** Labelled faces that the detector did not find. */
    missed: v.number(),
  }),
  v.object({ item: v.string(), skipped: v.string() }),
]);
export type JournalEntry = v.InferOutput<typeof entrySchema>;
export type WrittenCrop = v.InferOutput<typeof cropSchema>;

/** @throws Error when a folder holds what was not put there under this journal */
export async function rejectForeign(out: string, journal: string): Promise<void> {
  const names: string[] = await readdir(out).catch(() => []);
  if (names.length > 0 && !names.includes(journal))
    throw new Error(
      `${out} is not empty, and nothing in it can be gone on with: name a new folder for --out`,
    );
}

export class Journal {
  /** What is known of each picture; of one that was met twice, the last. */
  readonly entries = new Map<string, JournalEntry>();
  readonly #path: string;
  readonly #file: FileHandle;
  /** One line after another; after one that failed, none. */
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens a journal, or begins one.
   * @param settings all that the crops depend on; compared as JSON
   * @throws Error naming the file when it is another import's, or damaged before its last line
   */
  static async open(path: string, settings: unknown): Promise<Journal> {
    const head = JSON.stringify({ version: 1, settings });
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const lines = text.split('\n');
    // What follows the last line break was being written when the import was broken off.
    const torn = lines.pop()!;
    if (lines.length > 0 && lines[0] !== head)
      throw new Error(
        `${path} is of other sources or with other options: give those again to go on with it, ` +
          'or another folder',
      );
    if (torn !== '') await truncate(path, Buffer.byteLength(text) - Buffer.byteLength(torn));
    const journal = new Journal(path, await open(path, 'a'));
    if (lines.length === 0) await journal.#write(head);
    for (const [i, line] of lines.entries()) {
      if (i === 0) continue;
      try {
        journal.#note(v.parse(entrySchema, JSON.parse(line)));
      } catch (error) {
        await journal.close();
        throw new Error(`${path} is damaged: line ${i + 1} says of no picture what was done with it`, {
          cause: error,
        });
      }
    }
    return journal;
  }

  /** @throws Error when it cannot be written, as on a full disk */
  async add(entry: JournalEntry): Promise<void> {
    await this.#write(JSON.stringify(entry));
    this.#note(entry);
  }

  #note(entry: JournalEntry): void {
    this.entries.set(entry.item, entry);
  }

  #write(line: string): Promise<void> {
    this.#last = this.#last.then(() =>
      this.#file.appendFile(`${line}\n`).catch((error: unknown) => {
        throw new Error(`cannot write ${this.#path}: ${(error as Error).message}`, { cause: error });
      }),
    );
    return this.#last;
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined); // Whoever wrote it was told.
    await this.#file.close();
  }
}
