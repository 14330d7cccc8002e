/** Shows the story named in the address; see stories.ts; `&language=ar` in a language. */
import { mount } from 'svelte';
import '../../../src-renderer/theme.css';
import Live from '../../../src-renderer/live/Live.svelte';
import { LANGUAGES } from '../../../src-main/api';
import { stageSession } from './stage-hands';
import { STORIES, until } from './stories';

const story = STORIES[new URL(location.href).searchParams.get('story') ?? 'nobody'];
const page = document.querySelector<HTMLElement>('#page');
if (!story || !page) throw new Error(`the stories are ${Object.keys(STORIES).join(', ')}`);
const cast = story.cast?.() ?? {};
const language = LANGUAGES.find((one) => one === new URL(location.href).searchParams.get('language'));
if (language) cast.settings = { ...cast.settings, languages: { pages: language, visitors: [language] } };
const staged = stageSession(cast);
mount(Live, { target: page, props: { session: staged.session } });
if (cast.slow !== true) await until(() => staged.session.settings !== null);
await story.then?.(staged, page);
document.body.dataset['ready'] = 'yes';
