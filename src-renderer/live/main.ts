/** Brings the live page up. */
import { mount } from 'svelte';
import '../theme.css';
import Live from './Live.svelte';
import { usePageLanguage } from '../texts.svelte';
import { Session } from './session.svelte';

const target = document.querySelector('#page');
if (!target) throw new Error('index.html has no #page');
usePageLanguage(null);
mount(Live, { target, props: { session: new Session() } });
