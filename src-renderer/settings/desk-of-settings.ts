/** What the settings' components need of the page they stand on: the live page or the desk. */
import type { Settings, SettingsPatch, Status } from '../../src-main/api';
import type { Guard } from '../access.svelte';
import type { Main } from '../connection';

export interface SettingsDesk {
  readonly main: Main;
  readonly guard: Guard;
  readonly status: Status | null;
  /** Names of main's functions that there are here; settings of what is not there are not shown. */
  readonly offers: readonly string[] | null;
  /** Why the last change was not taken, as a sentence, or null. */
  readonly refused: string | null;
  change(patch: SettingsPatch): Promise<void>;
}

/** What every section is given. */
export interface SectionProps {
  settings: Settings;
  save: (patch: SettingsPatch) => void;
}
