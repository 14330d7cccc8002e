/** The job `import`: what users have, to folders of labelled crops. Begun again it goes on where it was. */
import type { JobResult, JobSpec } from '../../api';
import { importSources } from '../../data/import/import';
import { cropsByClass } from '../../data/import/manifest';
import { patiently } from './finder';
import type { Site } from './site';

type Spec = Extract<JobSpec, { kind: 'import' }>;

/** As `maskwatch import` has them by default. */
const DEFAULTS = { classes: [], side: 160, val: 0.12, test: 0.15, seed: 1 };

export async function importFolders({ sources, out }: Spec, { gate, post }: Site): Promise<JobResult> {
  const finder = patiently(gate);
  const began = performance.now();
  try {
    const manifest = await importSources({
      ...DEFAULTS,
      sources,
      out,
      signal: new AbortController().signal,
      openFinder: finder.open,
      onProgress: ({ done, of }) => {
        const secondsLeft = ((performance.now() - began) / 1000 / done) * (of - done);
        post({ type: 'progress', progress: { phase: 'importing', share: done / of, secondsLeft } });
      },
    });
    for (const { file, reason } of manifest.skipped)
      post({ type: 'log', line: `skipped ${file}: ${reason}` });
    return { kind: 'import', out, crops: cropsByClass(manifest), skipped: manifest.skipped.length };
  } finally {
    await finder.close();
  }
}
