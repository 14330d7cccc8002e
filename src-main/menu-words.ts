/** The words of the menu's entries: their values come as data (a job's kind, a moment), and are words only here. */
import type { JobKind, JobState, Language, MenuItem } from './api';
import { textIn, type TextKey, type TextValues } from './languages';

/** An entry's words in a language. */
export function menuWords(language: Language, { id, values = {} }: MenuItem): string {
  const text = (key: TextKey, put?: TextValues): string => textIn(language, key, put);
  switch (id) {
    case 'separator':
      return '';
    case 'paused-until':
      return text('menu.paused-until', {
        time: new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' }).format(
          new Date(String(values['until'])),
        ),
      });
    case 'job':
      return text(values['minutesLeft'] === undefined ? 'menu.job' : 'menu.job-left', {
        // What main names here is a job's kind.
        kind: text(`job.kind.${values['kind'] as JobKind}`),
        percent: Number(values['percent'] ?? 0),
        minutes: Number(values['minutesLeft'] ?? 0),
      });
    case 'last-job':
      return text('menu.last-job', {
        kind: text(`job.kind.${values['kind'] as JobKind}`),
        state: text(`job.state.${values['state'] as JobState}`),
      });
    case 'today':
      return text('menu.today', {
        correct: Number(values['correct'] ?? 0),
        incorrect: Number(values['incorrect'] ?? 0),
        none: Number(values['none'] ?? 0),
      });
    default:
      return text(`menu.${id}`);
  }
}
