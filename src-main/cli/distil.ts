/** `maskwatch distil`: a small network taught by a large one, or by several, in one stage or in a chain of them. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { type StageReport, runChain } from '../learn/distil/chain';
import { METHODS, combine, readMethod } from '../learn/distil/methods';
import { plan } from '../learn/distil/plan';
import { type Stage, type StageDefaults, readChain, stagesOf } from '../learn/distil/stage';
import { type LearningOptions, learn, networkOption, withLearningOptions } from './learning';
import { numberBetween } from './options';
import { UsageError, printJson, say } from './output';

type Options = LearningOptions & {
  student: string;
  teacher?: string[];
  assistant?: string[];
  peer?: string;
  method: string[];
  chain?: string;
};

export function distilCommand(): Command {
  const command = new Command('distil')
    .description('train a small network to answer as a large one does')
    .option(
      '--teacher <model...>',
      'trained networks (.onnx, with cards), of several the mean answer counts; or networks to train first by the labels',
    )
    .option(
      '--assistant <name...>',
      'networks between teacher and student, each taught by the one before (Mirzadeh et al. 2020)',
    )
    .addOption(networkOption('--student <name>', 'the network that learns'))
    .addOption(
      new Option(
        '--method <name...>',
        'how it learns: one or more of these, each with settings as name:T=4,w=0.9 where the default will not do',
      )
        .default([], 'vanilla')
        .argParser((text, earlier: string[]) => [...earlier, method(text)]),
    )
    .addOption(
      networkOption('--peer <name>', 'the second network of the method mutual').default(
        undefined,
        'as the student',
      ),
    )
    .option(
      '--chain <file>',
      'a JSON list of stages, each from the best student so far and kept where it validates better; ' +
        'what a stage does not say is as on the command line',
    )
    .option(
      '--unlabelled <dir...>',
      'pictures without labels, in folders of any form: only the teacher is asked about them',
    )
    .option('--unlabelled-share <s>', 'share of them in an epoch', numberBetween(0.01, 0.99), 0.5)
    .option('--plain', 'pictures as they are, without augmentation: teachers are asked about each but once')
    .addHelpText('after', () => `\nMethods:\n${METHODS.map(describeMethod).join('\n')}`);
  return withLearningOptions(command).action(distil);
}

async function distil(given: Options): Promise<void> {
  const { student, teacher = [], assistant = [], peer, method: methods, chain, ...options } = given;
  const defaults: StageDefaults = {
    student,
    teachers: teacher,
    assistants: assistant,
    methods,
    ...(peer !== undefined && { peer }),
  };
  const asked: Stage[] = chain
    ? stagesOf(await readChain(chain), defaults)
    : [{ ...defaults, name: 'student', begin: 'best', settings: {} }];
  const [only, ...more] = usage(() => plan(asked));
  if (chain || more.length > 0) {
    const onStage = (report: StageReport) => {
      tell(report, options.json ?? false);
    };
    return learn(options, { arch: student, mixup: 0 }, (run) => runChain({ ...run, onStage }, asked));
  }
  const recipe = usage(() => combine(methods.map(readMethod)));
  if (peer !== undefined && !recipe.needs.has('peer'))
    throw new UsageError('--peer is for the method mutual, which is not among --method');
  return learn(options, {
    arch: student,
    mixup: 0,
    distil: { teachers: only!.teachers, peer: peer ?? student, recipe },
  });
}

/** Tells of a stage as it begins, and what came of it. */
function tell({ number, of, stage, isStudent, record }: StageReport, json: boolean): void {
  if (json)
    return printJson({ type: 'stage', number, of, name: stage.name, ...(record ?? { begins: true, stage }) });
  const name = `stage ${number} of ${of}, ${stage.name}`;
  if (!record) {
    const from = stage.teachers.length > 0 ? ` taught by ${stage.teachers.join(', ')}` : '';
    return say(`${name}: ${stage.student}${from}, ${stage.methods.join(' ') || 'vanilla'}`);
  }
  const gained = `balanced accuracy ${(100 * record.validation.balancedAccuracy).toFixed(2)} % on validation`;
  const place = record.kept ? ', the best student so far' : ', no better than the student there is';
  say(`${name}: ${gained}${isStudent ? place : ''}`);
}

const describeMethod = ({ name, about, settings }: (typeof METHODS)[number]): string => {
  const lines = Object.entries(settings).map(
    ([key, { about: meaning, value, from, to }]) => `      ${key}=${value}  ${meaning}, ${from} to ${to}`,
  );
  return [`  ${name}: ${about}`, ...lines].join('\n');
};

/** Reads a method for nothing but what is wrong with it. */
function method(text: string): string {
  try {
    readMethod(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** What is wrong with the options is wrong usage. */
function usage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
