/**
 * Figures for a monitoring system: Prometheus' text format over HTTP on loopback, where it is asked for. Numbers of the
 * machine and of verdicts; nothing of a face, a place or a person.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { MASK_CLASSES } from '../api';
import type { App } from '../app';

export interface MetricsServer {
  /** http://127.0.0.1:PORT/metrics */
  address: string;
  close(): Promise<void>;
}

/** What is counted of an app, from now on. */
function metricsOf(app: App): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'maskwatch_' });
  // Sums of gauges beside them, whose names are those of counters.
  for (const sum of ['handles', 'requests', 'resources'])
    registry.removeSingleMetric(`maskwatch_nodejs_active_${sum}_total`);
  const looks = new Counter({ name: 'maskwatch_looks_total', help: 'Frames looked at', registers });
  const faults = new Counter({ name: 'maskwatch_faults_total', help: 'Faults survived', registers });
  const verdicts = new Counter({
    name: 'maskwatch_verdicts_total',
    help: 'Faces whose verdict settled for the first time, by it',
    labelNames: ['verdict'],
    registers,
  });
  // A class that nobody has had yet is 0, not absent.
  for (const verdict of MASK_CLASSES) verdicts.inc({ verdict }, 0);
  app.on('look', () => {
    looks.inc();
  });
  app.on('fault', () => {
    faults.inc();
  });
  app.on('verdict', ({ verdict, before }) => {
    if (before === null) verdicts.inc({ verdict });
  });
  const cameraFrames = new Counter({
    name: 'maskwatch_camera_frames_total',
    help: 'Frames that the camera gave',
    registers,
  });
  const ages = new Histogram({
    name: 'maskwatch_verdict_age_seconds',
    help: 'From a picture’s arrival to its verdicts drawn',
    buckets: [0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2, 5],
    registers,
  });
  app.on('measured', (measurements) => {
    cameraFrames.inc(measurements.cameraFrames);
    for (const age of measurements.ages) ages.observe(age / 1000);
  });
  const gauge = (name: string, help: string, value: () => number): Gauge =>
    new Gauge({
      name: `maskwatch_${name}`,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('watching', '1 while a page lives, its camera gives pictures, and nobody paused it', () =>
    Number(app.notWatching === null),
  );
  gauge('paused', '1 while it is told not to watch', () => Number(app.status.paused !== null));
  gauge('provider_fell_back', '1 while the CPU does the work of a provider that failed', () =>
    Number(app.status.provider.fellBack),
  );
  new Gauge({
    name: 'maskwatch_info',
    help: 'What watches: always 1',
    labelNames: ['version', 'model', 'provider', 'pipeline'],
    registers,
    collect() {
      const { version, model, provider, pipeline } = app.status;
      // Only what watches now, however often that has changed.
      this.reset();
      this.set({ version, model: model.name, provider: provider.name, pipeline: pipeline.name }, 1);
    },
  });
  return registry;
}

/**
 * Serves the figures.
 * @param port 0 takes any free one
 * @throws Error naming the port when it is taken
 */
export async function serveMetrics(app: App, port: number): Promise<MetricsServer> {
  const registry = metricsOf(app);
  let host = '';
  const server = createServer((request, response) => {
    // By its own name only: a web site must not read it through a name that leads here.
    if (request.headers.host !== host || request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `port ${String(port)} is taken: choose another with --metrics-port`;
      reject(error.code === 'EADDRINUSE' ? new Error(taken, { cause: error }) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    address: `http://${host}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
