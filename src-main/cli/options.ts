/** Options that several verbs have, and how their values are read. */
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { PIPELINES, PROVIDERS, type PipelineChoice } from '../api';
import { MAPPED, type Mapped } from '../detect/foreign';
import { projectRoot } from '../pages';

/** The network that ships. */
export const shippedModel = (): string => join(projectRoot(), 'models', 'student.onnx');

/** The one-shot detector that ships. */
export const shippedDetector = (): string => join(projectRoot(), 'models', 'oneshot.onnx');

export const modelOption = (): Option =>
  new Option('--model <file>', 'the network to use (.onnx, with its card .json beside it)').default(
    shippedModel(),
    'the one that ships',
  );

export const providerOption = (): Option =>
  new Option('--provider <name>', 'what runs the network; auto takes the fastest here').choices(PROVIDERS);

export const pipelineOption = (): Option =>
  new Option(
    '--pipeline <name>',
    'find faces and judge their crops (two-stage), or both by one network (one-shot); auto takes what is better here',
  ).choices(PIPELINES);

/** The network for one-shot: ours, with its card beside it, or with --classes somebody's. */
export const detectorOption = (): Option =>
  new Option('--detector <file>', 'the one-shot network (.onnx)').default(
    shippedDetector(),
    'the one that ships',
  );

/** The networks that options name: with `--pipeline one-shot`, `--model` is the one-shot network. */
export function namedModels(options: { model: string; detector: string; pipeline?: PipelineChoice }) {
  const { model, detector, pipeline } = options;
  return pipeline === 'one-shot' && model !== shippedModel()
    ? { model: shippedModel(), detector: model }
    : { model, detector };
}

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
