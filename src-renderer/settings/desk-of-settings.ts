/** What the settings' components need of the page they stand on: the live page or the desk. */
import type { Settings, SettingsPatch } from '../../src-main/api';
import type { PageSession } from '../page-session.svelte';

export type SettingsDesk = PageSession;

/** What every section is given. */
export interface SectionProps {
  settings: Settings;
  save: (patch: SettingsPatch) => void;
}
