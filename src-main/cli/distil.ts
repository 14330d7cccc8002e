/** `maskwatch distil`: a small network taught by a large one, or by several. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Piece } from '../learn/distil/method';
import { METHODS, combine, readMethod } from '../learn/distil/methods';
import { type LearningOptions, learn, networkOption, withLearningOptions } from './learning';
import { UsageError } from './output';

type Options = LearningOptions & { student: string; teacher?: string[]; peer?: string; method: Piece[] };

export function distilCommand(): Command {
  const command = new Command('distil')
    .description('train a small network to answer as a large one does')
    .option('--teacher <model...>', 'trained networks (.onnx, with cards); of several the mean answer counts')
    .addOption(networkOption('--student <name>', 'the network that learns'))
    .addOption(
      new Option(
        '--method <name...>',
        'how it learns: one or more of these, each with settings as name:T=4,w=0.9 where the default will not do',
      )
        .default([], 'vanilla')
        .argParser((text, earlier: Piece[]) => [...earlier, method(text)]),
    )
    .addOption(
      networkOption('--peer <name>', 'the second network of the method mutual').default(
        undefined,
        'as the student',
      ),
    )
    .option('--plain', 'pictures as they are, without augmentation: teachers are asked about each but once')
    .addHelpText('after', () => `\nMethods:\n${METHODS.map(describeMethod).join('\n')}`);
  return withLearningOptions(command).action(
    ({ student, teacher = [], peer, method: pieces, ...options }: Options) => {
      const recipe = recipeOf(pieces);
      if (peer !== undefined && !recipe.needs.has('peer'))
        throw new UsageError('--peer is for the method mutual, which is not among --method');
      return learn(options, {
        arch: student,
        mixup: 0,
        distil: { teachers: teacher, peer: peer ?? student, recipe },
      });
    },
  );
}

const describeMethod = ({ name, about, settings }: (typeof METHODS)[number]): string => {
  const lines = Object.entries(settings).map(
    ([key, { about: meaning, value, from, to }]) => `      ${key}=${value}  ${meaning}, ${from} to ${to}`,
  );
  return [`  ${name}: ${about}`, ...lines].join('\n');
};

function method(text: string): Piece {
  try {
    return readMethod(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function recipeOf(pieces: Piece[]) {
  try {
    return combine(pieces);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
