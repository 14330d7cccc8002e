/** What package.json says of us. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../pages';

export const { version, description } = JSON.parse(
  readFileSync(join(projectRoot(), 'package.json'), 'utf8'),
) as { version: string; description: string };
