/** The words of the menu's entries: their values come as data (a job's kind, a moment), and are words only here. */
import type { JobKind, JobState, MenuItem } from '../src-main/api';
import { text, timeText } from './texts.svelte';

/** An entry's words in the page's language. */
export function menuWords({ id, values = {} }: MenuItem): string {
  switch (id) {
    case 'separator':
      return '';
    case 'paused-until':
      return text('menu.paused-until', {
        time: timeText(new Date(String(values['until'])), { hour: 'numeric', minute: '2-digit' }),
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
