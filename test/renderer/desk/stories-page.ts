/** Shows the state of the desk named in the address (`?story=`); `&language=ar` in a language. See desk-stage.ts. */
import { mount } from 'svelte';
import '../../../src-renderer/theme.css';
import { LANGUAGES } from '../../../src-main/api';
import Desk from '../../../src-renderer/desk/Desk.svelte';
import { DESK_STORIES, stageDesk } from './desk-stage';

const asked = new URL(location.href).searchParams;
const story = DESK_STORIES[asked.get('story') ?? 'statistics'];
const page = document.querySelector<HTMLElement>('#page');
if (!story || !page) throw new Error(`the stories are ${Object.keys(DESK_STORIES).join(', ')}`);
const language = LANGUAGES.find((one) => one === asked.get('language'));
const staged = stageDesk({ ...story, ...(language && { language }) });
mount(Desk, { target: page, props: { session: staged.session } });
await story.then?.(page);
if (story.line === 'lost') staged.connection('closed');
document.body.dataset['ready'] = 'yes';
