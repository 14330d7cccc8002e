/** A page of the desk at work. Each part of it asks for its own data and listens for what changes; none of them watches. */
import type { LivePageFunctions } from '../../src-main/api';
import { connect, type Connection } from '../connection';
import { PageSession } from '../page-session.svelte';

export class DeskSession extends PageSession {
  constructor(open: (functions: LivePageFunctions) => Connection = connect) {
    super(open);
    this.start();
  }
}
