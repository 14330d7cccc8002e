/** How fast the network in use judges crops, on each provider and at each batch size. */
import type { Provider } from '../api';
import { openClassifier } from '../watch/classifier';
import { ARTICLE_CROPS_PER_SECOND, cropsPerSecond } from '../watch/measure';
import { candidateProviders } from '../watch/providers';
import { say } from './output';

/** One line of `bench --json`. */
export interface InferenceSpeed {
  net: string;
  provider: Provider;
  /** Crops a call. */
  batch: number;
  /** Side of the crops in pixels. */
  size: number;
  cropsPerSecond: number;
  ratioToArticle: number;
}

export interface InferenceOptions {
  /** Path of the .onnx file. */
  model: string;
  /** Only these; all that work here where not given. */
  provider?: Provider[];
  /** Crops a call. */
  batch: number[];
  /** On CPU. */
  threads: number;
}

/**
 * The network's speed on each provider and batch size.
 * @throws Error when the model cannot be read, or a provider that was named cannot be used here
 */
export async function* inferenceSpeeds({
  model,
  provider,
  batch,
  threads,
}: InferenceOptions): AsyncGenerator<InferenceSpeed> {
  for (const name of provider ?? candidateProviders()) {
    say(`${name}: opening`);
    let classifier;
    try {
      classifier = await openClassifier({ model, provider: name, threads });
    } catch (error) {
      // Unless it was asked for by name, a provider that does not work here is no failure; CPU always works.
      if (provider !== undefined || name === 'cpu') throw error;
      say((error as Error).message);
      continue;
    }
    try {
      for (const crops of batch) {
        say(`${name}: ${crops} crops a call`);
        const rate = await cropsPerSecond(classifier, crops);
        if (classifier.provider.fellBack)
          throw new Error(`no figure for ${name}: ${classifier.provider.reason}`);
        yield {
          net: classifier.card.name,
          provider: name,
          batch: crops,
          size: classifier.card.input.size,
          cropsPerSecond: Math.round(rate * 10) / 10,
          ratioToArticle: Math.round((rate / ARTICLE_CROPS_PER_SECOND) * 1000) / 1000,
        };
      }
    } finally {
      await classifier.close();
    }
  }
}

/** A table of them for people, a line of text each. */
export function describeSpeeds(lines: readonly InferenceSpeed[]): string[] {
  const rows = lines.map(({ net, provider, batch, size, cropsPerSecond: rate, ratioToArticle }) => [
    net,
    provider,
    `${batch}×${size}×${size}`,
    rate.toFixed(0),
    ratioToArticle.toFixed(2),
  ]);
  const table = [
    ['network', 'provider', 'batch', 'crops/s', `to the article's ${ARTICLE_CROPS_PER_SECOND}/s`],
    ...rows,
  ];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  );
}
