/**
 * What stands on the screen while the live page, which failed again and again, is given a rest: that nobody is checked,
 * and when it is tried again. It has no line to main and no camera, so that nothing of it can fail the same way.
 * Its address says until when, and in which languages: #until=MILLISECONDS&languages=en,de
 */
import '../theme.css';
import './rest.css';
import { LANGUAGES, type Language } from '../../src-main/api/settings';
import { direction, textIn } from '../../src-main/languages';

/** The languages of an address that we have, or English. */
function languagesOf(names: string | null): Language[] {
  const known = (names ?? '').split(',').flatMap((name) => LANGUAGES.filter((language) => language === name));
  return known.length > 0 ? known : ['en'];
}

export function show(into: Element, address: URLSearchParams): void {
  const until = Number(address.get('until'));
  into.replaceChildren(
    ...languagesOf(address.get('languages')).map((language) => {
      const section = document.createElement('section');
      section.lang = language;
      section.dir = direction(language);
      const title = document.createElement('h1');
      title.textContent = textIn(language, 'rest.title');
      const words = document.createElement('p');
      const time = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' }).format(until);
      words.textContent = textIn(language, 'rest.words', { time });
      section.append(title, words);
      return section;
    }),
  );
}

const target = document.querySelector('main');
if (target) show(target, new URLSearchParams(location.hash.slice(1)));
