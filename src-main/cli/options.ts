/** Options that several verbs have, and how their values are read. */
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { PROVIDERS } from '../api';
import { MAPPED, type Mapped } from '../detect/foreign';
import { projectRoot } from '../pages';

/** The network that ships. */
export const shippedModel = (): string => join(projectRoot(), 'models', 'student.onnx');

export const modelOption = (): Option =>
  new Option('--model <file>', 'the network to use (.onnx, with its card .json beside it)').default(
    shippedModel(),
    'the one that ships',
  );

export const providerOption = (): Option =>
  new Option('--provider <name>', 'what runs the network; auto takes the fastest here').choices(PROVIDERS);

/** Reads a number within a range (both ends allowed), for commander. */
export const numberBetween =
  (least: number, most: number, whole = false) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
      const kind = whole ? 'a whole number' : 'a number';
      throw new InvalidArgumentError(`It must be ${kind} from ${String(least)} to ${String(most)}.`);
    }
    return value;
  };

/** What the classes of somebody's one-shot model are to us, by commas, in its order. */
export const classesOption = (): Option =>
  new Option(
    '--classes <list>',
    `for a YOLOv5, YOLOv8 or YOLOX model of your own: what its classes are, by commas: ${MAPPED.join(', ')}`,
  ).argParser((text): Mapped[] =>
    text.split(',').map((name) => {
      const found = MAPPED.find((known) => known === name.trim());
      if (!found)
        throw new InvalidArgumentError(`${name.trim() || 'nothing'} is none of ${MAPPED.join(', ')}.`);
      return found;
    }),
  );
