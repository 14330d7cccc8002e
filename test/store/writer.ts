/** A process that counts visits as fast as it can, and says after each writing how many are on the disk; killed by its test. */
import { writeSync } from 'node:fs';
import { openDatabase } from '../../src-main/store/database';
import { StatisticsStore } from '../../src-main/store/statistics';

const { db, notice } = openDatabase(process.argv[2]!);
if (notice !== null) throw new Error(notice);
const store = new StatisticsStore(db, (message) => {
  throw new Error(message);
});
for (let n = 0; ;) {
  for (let i = 0; i < 20; i++, n++) {
    const at = Date.now();
    store.count(
      { id: 'v', began: at, at, verdict: 'correct', before: null, first: 'correct', waitMs: 1 },
      true,
    );
  }
  store.flush();
  writeSync(1, `${String(n)}\n`);
}
