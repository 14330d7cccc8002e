/**
 * Annotated scenes: a folder of photographs with a boxes.json that says where each face is and how it wears its
 * mask. Reads and checks them; opens no picture.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { MASK_CLASSES, type MaskClass } from '../api';
import type { Box } from '../geometry';

/** `face`: a face whose mask is not known. `ignore`: not to be counted for or against a detector. */
export type SceneLabel = MaskClass | 'face' | 'ignore';

export interface SceneFace {
  /** In photo pixels. */
  box: Box;
  label: SceneLabel;
}

export interface Scene {
  /** Path of the photo. */
  file: string;
  /** Its name without folder and extension. */
  photo: string;
  faces: SceneFace[];
}

const coordinate = v.pipe(v.number(), v.finite());
const side = v.pipe(coordinate, v.minValue(0.1));
const boxesSchema = v.record(
  v.string(),
  v.array(
    v.object({
      x: coordinate,
      y: coordinate,
      w: side,
      h: side,
      label: v.picklist([...MASK_CLASSES, 'face', 'ignore']),
    }),
  ),
);

/**
 * @param folder photographs and boxes.json: {file: [{x, y, w, h, label}]}, in pixels
 * @returns the scenes in order of their files' names
 * @throws Error naming the file that is missing or the entry that is wrong
 */
export async function readScenes(folder: string): Promise<Scene[]> {
  const path = join(folder, 'boxes.json');
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
  const boxes = v.safeParse(boxesSchema, json);
  if (!boxes.success) {
    const issue = boxes.issues[0];
    throw new Error(`${path} is not valid at ${v.getDotPath(issue) ?? 'its top'}: ${issue.message}`);
  }
  const scenes = Object.entries(boxes.output)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, faces]): Scene => {
      if (basename(name) !== name) throw new Error(`${path} names a file outside its folder: ${name}`);
      return {
        file: join(folder, name),
        photo: name.replace(/\.[^.]+$/, ''),
        faces: faces.map(({ x, y, w, h, label }) => ({ box: [x, y, w, h], label })),
      };
    });
  if (scenes.length === 0) throw new Error(`${path} names no photo`);
  for (const { file } of scenes) {
    if (!(await stat(file).catch(() => null)))
      throw new Error(`${path} names a photo that is not there: ${file}`);
  }
  return scenes;
}
