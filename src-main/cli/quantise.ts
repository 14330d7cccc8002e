/** `maskwatch quantise`: a model's eight-bit form, written only where it is faster here and about as good. */
import { Command } from 'commander';
import { makeEightBit } from '../learn/eight-bit';
import { eightBitPath } from '../nets/card';
import { openClassifier } from '../watch/classifier';
import { MAX_BATCH } from '../watch/crops';
import { cropsPerSecond } from '../watch/measure';
import { modelOption } from './options';
import { print, printJson, say, UsageError } from './output';

interface Options {
  model: string;
  data: string[];
  out?: string;
  json?: true;
}

/** Validation pictures to calibrate on, at most. */
const PICTURES = 512;

export function quantiseCommand(): Command {
  return new Command('quantise')
    .description('rewrite a model to eight bits, and keep that if it is faster here and about as good')
    .addOption(modelOption())
    .requiredOption(
      '--data <dir...>',
      'folders with correct/, incorrect/ and none/, or with train/, val/, test/ of these: calibrated on val, measured on test',
    )
    .option('--out <file>', 'where it goes, its card beside it (default: beside the model, as .int8.onnx)')
    .option('--json', 'one line of JSON')
    .action(run);
}

/** Crops a second on CPU, as the watch runs it. */
async function speedOf(model: string): Promise<number> {
  const classifier = await openClassifier({ model, provider: 'cpu' });
  try {
    return await cropsPerSecond(classifier, MAX_BATCH);
  } finally {
    await classifier.close();
  }
}

async function run({ model, data, out = eightBitPath(model), json }: Options): Promise<void> {
  for (const [name, file] of Object.entries({ model, out }))
    if (!file.endsWith('.onnx')) throw new UsageError(`--${name} ${file} does not end with .onnx`);
  const result = await makeEightBit({ model, data, out, pictures: PICTURES, speedOf, say });
  if (json) printJson({ ...result, model, out: result.kept ? out : null });
  else {
    for (const [name, form] of [['float', result.float] as const, ['eight bits', result.eightBit] as const])
      print(
        `${name.padEnd(10)} balanced accuracy ${(100 * form.balancedAccuracy).toFixed(2)} %, ` +
          `${form.cropsPerSecond.toFixed(0)} crops/s`,
      );
    print(`${result.kept ? `kept as ${out}` : 'not kept'}: ${result.reason}`);
  }
}
