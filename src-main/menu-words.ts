/** The words of the menu's entries: their values come as data (a job's kind, a moment), and are words only here. */
import type { JobKind, JobState, Language, MenuItem, Ready } from './api';
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
    case 'last-job': {
      const kind = text(`job.kind.${values['kind'] as JobKind}`);
      const { share, before } = values as { share?: number; before?: number };
      if (share === undefined)
        return text('menu.last-job', { kind, state: text(`job.state.${values['state'] as JobState}`) });
      return before === undefined
        ? text('menu.last-measured', { kind, share })
        : text('menu.last-compared', { kind, before, share });
    }
    case 'retrain':
      switch (values['why'] as NonNullable<Ready['retrain']>['why'] | undefined) {
        case 'labels':
          return text('menu.retrain-labels', { more: Number(values['more']) });
        case 'visits':
          return text('menu.retrain-visits');
        case 'off':
          return text('menu.retrain-off');
        default:
          return text('menu.retrain');
      }
    case 'distil':
      return text(values['why'] === undefined ? 'menu.distil' : 'menu.distil-data');
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
