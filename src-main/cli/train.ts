/** `maskwatch train`: a network from folders of labelled face crops to a model with its card. */
import { Command } from 'commander';
import { type LearningOptions, learn, networkOption, withLearningOptions } from './learning';
import { numberBetween } from './options';

type Options = LearningOptions & { arch: string; mixup: number; smoothing?: number };

export function trainCommand(): Command {
  const command = new Command('train')
    .description('train a network on folders of labelled face crops')
    .addOption(networkOption('--arch <name>', 'the network'))
    .option('--smoothing <s>', "label smoothing (default: the network's own)", numberBetween(0, 0.5))
    .option('--mixup <alpha>', 'blend pictures in pairs; 0 for none', numberBetween(0, 4), 0);
  return withLearningOptions(command).action(({ arch, mixup, smoothing, ...options }: Options) =>
    learn(options, { arch, mixup, ...(smoothing !== undefined && { smoothing }) }),
  );
}
