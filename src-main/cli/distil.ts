/** `maskwatch distil`: a small network taught by a large one, or by several. */
import { Command } from 'commander';
import { METHODS, combine, readMethod } from '../learn/distil/methods';
import { type LearningOptions, learn, networkOption, withLearningOptions } from './learning';
import { UsageError } from './output';

type Options = LearningOptions & { student: string; teacher?: string[]; method: string[] };

export function distilCommand(): Command {
  const command = new Command('distil')
    .description('train a small network to answer as a large one does')
    .option('--teacher <model...>', 'trained networks (.onnx, with cards); of several the mean answer counts')
    .addOption(networkOption('--student <name>', 'the network that learns'))
    .option(
      '--method <name...>',
      'how it learns: one or more of these, each with settings as name:T=4,w=0.9 where the default will not do',
      ['vanilla'],
    )
    .addHelpText('after', () => `\nMethods:\n${METHODS.map(describeMethod).join('\n')}`);
  return withLearningOptions(command).action(({ student, teacher, method, ...options }: Options) =>
    learn(options, { arch: student, mixup: 0, distil: recipeOf(teacher ?? [], method) }),
  );
}

const describeMethod = ({ name, about, settings }: (typeof METHODS)[number]): string => {
  const lines = Object.entries(settings).map(
    ([key, { about: meaning, value, from, to }]) => `      ${key}=${value}  ${meaning}, ${from} to ${to}`,
  );
  return [`  ${name}: ${about}`, ...lines].join('\n');
};

function recipeOf(teachers: string[], names: string[]) {
  try {
    return { teachers, recipe: combine(names.map(readMethod)) };
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
