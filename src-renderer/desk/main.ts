/** Brings the desk up. */
import { mount } from 'svelte';
import '../theme.css';
import { usePageLanguage } from '../texts.svelte';
import Desk from './Desk.svelte';
import { DeskSession } from './session.svelte';

const target = document.querySelector('#page');
if (!target) throw new Error('index.html has no #page');
usePageLanguage(null);
mount(Desk, { target, props: { session: new DeskSession() } });
