/**
 * Execution providers of ONNX Runtime: the one table from a provider's name to the session options it needs,
 * which of them could exist on this machine, and opening a model on one. Knows nothing of crops or cards.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { InferenceSession, listSupportedBackends } from 'onnxruntime-node';
import type { Provider } from '../api';
import { checkSelfContained } from '../onnx/self-contained';

/** What a provider is and what its sessions need beyond the defaults. */
interface ProviderEntry {
  /** For people: what has to be there for it to load. */
  needs: string;
  options: InferenceSession.SessionOptions;
}

/**
 * Threads for one inference on CPU while watching. ONNX Runtime's further threads spin between batches: at 15
 * frames a second of 4 crops on 2 cores (a student of 4 convolutions), a second thread took the batch from 1.6 to
 * 1.1 ms but the processor from 3.5 to 21 ms a frame, which the detector in the page needs. So the student gets
 * a second thread only where there are cores to spare.
 */
export const LIVE_THREADS = Math.max(1, Math.min(4, Math.floor(availableParallelism() / 4)));

export const PROVIDER_TABLE: Record<Provider, ProviderEntry> = {
  cpu: { needs: 'nothing', options: { executionProviders: ['cpu'] } },
  webgpu: {
    needs: 'a graphics driver with Vulkan, Metal or Direct3D 12',
    options: { executionProviders: ['webgpu'] },
  },
  cuda: {
    needs: "an NVIDIA card, its driver, CUDA 12 with cuDNN 9, and onnxruntime-node's CUDA libraries",
    options: { executionProviders: ['cuda'] },
  },
  dml: {
    needs: 'Windows with Direct3D 12',
    // DirectML allows neither memory patterns nor parallel execution.
    options: { executionProviders: ['dml'], enableMemPattern: false, executionMode: 'sequential' },
  },
  coreml: { needs: 'macOS', options: { executionProviders: ['coreml'] } },
};

/** The CUDA libraries are not in the package (its install script would fetch them): are they there? */
function librariesPresent(): boolean {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  const folder = join(dirname(entry), '..', 'bin', 'napi-v6', process.platform, process.arch);
  return existsSync(join(folder, 'libonnxruntime_providers_shared.so'));
}

/**
 * Providers worth trying on this machine, CPU first. ONNX Runtime's binary knows which are compiled in; whether
 * one really loads shows only when a model is opened on it.
 */
export function candidateProviders(): Provider[] {
  const known = listSupportedBackends().filter(({ bundled }) => bundled || librariesPresent());
  const names = new Set(known.map(({ name }) => name));
  return (Object.keys(PROVIDER_TABLE) as Provider[]).filter((name) => name === 'cpu' || names.has(name));
}

/** The first line of what ONNX Runtime throws, without its build machine's paths and signatures. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.trim().split('\n')[0] ?? '';
  return line.replace(/^\S*onnxruntime_src\S*\s.*?(?:was false\. |\) )/, '').replace(/\.$/, '');
}

/**
 * Opens a model on one provider, and on nothing else: unlike ONNX Runtime's own list of providers, this never
 * takes another one quietly.
 *
 * @param model the .onnx file's bytes
 * @param threads on CPU, 1 or more
 * @throws Error with ONNX Runtime's message when the provider or the model does not load; in a sentence of ours when
 *   the model names another file
 */
export async function openSession(
  model: Uint8Array,
  provider: Provider,
  threads = LIVE_THREADS,
): Promise<InferenceSession> {
  checkSelfContained(model);
  return InferenceSession.create(model, {
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Errors are thrown as well; ONNX Runtime's own log lines would only repeat them on stderr.
    logSeverityLevel: 4,
    ...PROVIDER_TABLE[provider].options,
  });
}
