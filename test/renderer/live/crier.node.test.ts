/** What is heard: as the settings ask, once each time the banner speaks, in the visitors' languages. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Language, Settings } from '../../../src-main/api';
import { BEFORE_REPEAT, Crier } from '../../../src-renderer/live/crier';

/** Notes what is heard; has voices for some languages. */
class Ears {
  heard: string[] = [];
  voices: Language[] = ['en', 'fr'];
  chime(verdict: string, volume: number): void {
    this.heard.push(`chime ${verdict} ${String(volume)}`);
  }
  speak(lines: readonly { language: Language; words: string }[]): boolean {
    const said = lines.filter(({ language }) => this.voices.includes(language));
    this.heard.push(...said.map(({ words }) => words));
    return said.length > 0;
  }
}

let ears: Ears;
let crier: Crier;
beforeEach(() => {
  ears = new Ears();
  crier = new Crier(ears);
});
const wishes = (
  sounds: Partial<Settings['sounds']>,
  visitors: Language[] = ['en'],
): Pick<Settings, 'sounds' | 'languages'> => ({
  sounds: { correct: 'silent', incorrect: 'silent', none: 'silent', volume: 0.7, ...sounds },
  languages: { pages: null, visitors },
});

describe('what is heard', () => {
  it('is nothing unless it was asked for', () => {
    crier.hear('none', wishes({}), 0);
    crier.hear('incorrect', wishes({ none: 'chime' }), 100);
    expect(ears.heard).toEqual([]);
  });

  it('is a chime as loud as was asked, once while the banner stands', () => {
    const wish = wishes({ none: 'chime', volume: 0.3 });
    for (let now = 0; now < 20_000; now += 200) crier.hear('none', wish, now);
    expect(ears.heard).toEqual(['chime none 0.3']);
  });

  it('is heard again for the next visitor, but not for a verdict that trembles', () => {
    const wish = wishes({ none: 'chime' });
    crier.hear('none', wish, 0);
    crier.hear(null, wish, 500);
    crier.hear('none', wish, 1000);
    expect(ears.heard).toHaveLength(1);
    crier.hear(null, wish, 1500);
    crier.hear('none', wish, BEFORE_REPEAT + 1);
    expect(ears.heard).toHaveLength(2);
  });

  it('is a line in each of the visitors’ languages that has a voice', () => {
    crier.hear('correct', wishes({ correct: 'spoken' }, ['fr', 'ar', 'en']), 0);
    expect(ears.heard).toHaveLength(2);
    expect(ears.heard[1]).toBe('Thank you, come in');
  });

  it('is a chime where no voice is installed', () => {
    crier.hear('correct', wishes({ correct: 'spoken' }, ['zh']), 0);
    expect(ears.heard).toEqual(['chime correct 0.7']);
  });

  it('is nothing of a face that is being looked at, nor with the volume at nothing', () => {
    const wish = wishes({ correct: 'chime', incorrect: 'chime', none: 'chime', volume: 0 });
    for (const [index, says] of (['look', 'unsure', 'correct'] as const).entries())
      crier.hear(says, wish, index * 10_000);
    expect(ears.heard).toEqual([]);
  });
});
