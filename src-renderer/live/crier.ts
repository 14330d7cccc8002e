/**
 * What is heard when the banner speaks: a chime or a spoken line a verdict, as the settings ask, in the visitors'
 * languages one after the other. Where no voice of a language is installed its line is a chime: a visitor hears
 * something in any case. Knows sounds and settings; the page tells it what the banner says.
 */
import type { Language, MaskClass, Settings } from '../../src-main/api';
import { textIn } from '../../src-main/languages';
import type { Announcement } from './banner';
import { chime } from './chimes';

/** Milliseconds before the same is heard again: a verdict that trembles is not a clock. */
export const BEFORE_REPEAT = 4000;

/** The part of the browser that makes sounds. */
export interface Speaker {
  chime(verdict: MaskClass, volume: number): void;
  /** @returns whether there is a voice for the language */
  speak(lines: readonly { language: Language; words: string }[], volume: number): boolean;
}

type Wishes = Pick<Settings, 'sounds' | 'languages'>;

export class Crier {
  #said: Announcement = null;
  #last: { verdict: MaskClass; at: number } | null = null;

  constructor(private readonly speaker: Speaker) {}

  /**
   * The banner says this now.
   * @param now milliseconds of any steady clock
   */
  hear(says: Announcement, wishes: Wishes, now: number): void {
    const before = this.#said;
    this.#said = says;
    if (says === before || says === null || says === 'unsure' || says === 'look') return;
    if (this.#last?.verdict === says && now - this.#last.at < BEFORE_REPEAT) return;
    this.#last = { verdict: says, at: now };
    this.play(says, wishes);
  }

  /** Lets a verdict be heard as the settings ask. */
  play(verdict: MaskClass, { sounds, languages }: Wishes): void {
    if (sounds[verdict] === 'silent' || sounds.volume === 0) return;
    const lines = languages.visitors.map((language) => ({
      language,
      words: textIn(language, `banner.${verdict}`),
    }));
    const spoken = sounds[verdict] === 'spoken' && this.speaker.speak(lines, sounds.volume);
    if (!spoken) this.speaker.chime(verdict, sounds.volume);
  }
}

/** The browser's own sounds. A voice is one that is installed: none is asked of a service elsewhere. */
export class BrowserSpeaker implements Speaker {
  #context: AudioContext | null = null;

  chime(verdict: MaskClass, volume: number): void {
    this.#context ??= new AudioContext();
    // A browser that waits for a click before any sound resumes with the first one.
    if (this.#context.state === 'suspended') void this.#context.resume();
    chime(this.#context, verdict, volume);
  }

  speak(lines: readonly { language: Language; words: string }[], volume: number): boolean {
    const voices = speechSynthesis.getVoices().filter((voice) => voice.localService);
    const spoken = lines.flatMap(({ language, words }) => {
      const voice = voices.find(({ lang }) => lang.toLowerCase().split(/[-_]/)[0] === language);
      if (voice === undefined) return [];
      const line = new SpeechSynthesisUtterance(words);
      Object.assign(line, { voice, lang: voice.lang, volume });
      return [line];
    });
    if (spoken.length === 0) return false;
    speechSynthesis.cancel();
    for (const line of spoken) speechSynthesis.speak(line);
    return true;
  }
}
