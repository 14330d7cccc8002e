/** The live page's half of the desk: settings by section, first run, menu, PIN, pause, what is not there. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import '../../../src-renderer/theme.css';
import Live from '../../../src-renderer/live/Live.svelte';
import { text } from '../../../src-renderer/texts.svelte';
import { WINDOW_MODES, WINDOW_ORDERS, type WindowOrder } from '../../../src-main/api';
import { SMALL } from '../../../src-main/geometry';
import { stageSession, type Cast } from './stage-hands';
import { STORIES } from './stories';
import { faceBox, type Person } from './drawn-people';

const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000 });
const somebody = (): Person[] => [{ id: 1, x: 640, y: 300, size: 220, wears: 'none' }];

async function show(cast: Cast = {}) {
  const staged = stageSession(cast);
  const screen = await render(Live, { session: staged.session });
  await eventually(() => expect(staged.session.settings).not.toBeNull());
  const patches = (): unknown[] =>
    staged.calls.filter(({ name }) => name === 'changeSettings').map(({ value }) => value);
  return { ...staged, container: screen.container, patches };
}

/** The settings with one of their sections open. */
async function settings(section: Parameters<typeof text>[0], cast: Cast = {}) {
  const shown = await show(cast);
  await page.getByRole('button', { name: text('settings.open'), exact: true }).click();
  await page.getByRole('dialog').getByText(text(section), { exact: true }).click();
  return shown;
}

beforeEach(() => page.viewport(1280, 800));
afterEach(() => vi.restoreAllMocks());

describe('the settings', () => {
  it('show one section at a time, all of them reached by keyboard', async () => {
    const { container } = await show();
    await page.getByRole('button', { name: text('settings.open'), exact: true }).click();
    const sections = [...container.querySelectorAll('details')];
    expect(sections.map(({ open }) => open)).toEqual(sections.map((_, index) => index === 0));
    (sections[3]!.firstElementChild as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
    expect(sections.map(({ open }) => open)).toEqual(sections.map((_, index) => index === 3));
  });

  it('begin at their top, and show what is opened below from its own head', async () => {
    await page.viewport(1024, 600);
    const { container } = await show({ notices: ['the settings were set aside'] });
    container.querySelector<HTMLElement>('header button[aria-expanded]')!.click();
    await eventually(() => expect(container.querySelector('dialog > .body')).not.toBeNull());
    const body = container.querySelector<HTMLElement>('dialog > .body')!;
    await eventually(() => expect(body.scrollHeight).toBeGreaterThan(body.clientHeight));
    expect(body.scrollTop).toBe(0);
    const last = [...container.querySelectorAll('summary')].find(
      (one) => one.textContent === text('settings.sections.system'),
    )!;
    last.click();
    await eventually(() => expect(body.scrollTop).toBeGreaterThan(0));
    const [head, pane] = [last.getBoundingClientRect(), body.getBoundingClientRect()];
    expect(head.top).toBeGreaterThanOrEqual(pane.top - 1);
    expect(head.bottom).toBeLessThanOrEqual(pane.bottom);
  });

  it('show the faces in view as they are judged, beside the strictness', async () => {
    await settings('settings.sections.judging', { people: somebody });
    const preview = page.getByRole('group', { name: text('settings.preview') });
    await expect.element(preview).toHaveTextContent(text('label.none'));
    await expect.element(preview).toHaveTextContent('88%');
  });

  it('let it be chosen how faces are looked at, and say what runs now and why', async () => {
    const runs = { name: 'two-stage', reason: 'not compared here', takes: null } as const;
    const cast = { settings: { pipeline: 'auto' }, status: { pipeline: runs } } as const;
    const { patches, container } = await settings('settings.sections.judging', cast);
    expect(container.textContent).toContain('not compared here');
    await page.getByText(text('settings.pipelines.one-shot.name'), { exact: true }).click();
    await eventually(() => expect(patches().at(-1)).toEqual({ pipeline: 'one-shot' }));
  });

  it('let the visitors’ languages be chosen in their order, never none', async () => {
    const { patches } = await settings('settings.sections.languages');
    await expect.element(page.getByLabelText('English')).toBeDisabled();
    await page.getByLabelText('العربية').click();
    await page.getByLabelText('Français').click();
    await page.getByLabelText('English').click();
    await eventually(() => expect(patches().at(-1)).toEqual({ languages: { visitors: ['ar', 'fr'] } }));
  });

  it('tell another program of verdicts, warn of an open line, and never show the secret again', async () => {
    const { patches } = await settings('settings.sections.outputs');
    const address = page.getByLabelText(text('settings.webhook'));
    await address.fill('ftp://door');
    await expect.element(address).toHaveAttribute('aria-invalid', 'true');
    await address.fill('http://door.example/maskwatch');
    await expect.element(page.getByText(text('settings.webhookReadable'))).toBeVisible();
    await userEvent.tab();
    await eventually(() =>
      expect(patches().at(-1)).toMatchObject({
        outputs: { webhook: { url: 'http://door.example/maskwatch' } },
      }),
    );
    await page.getByRole('button', { name: text('settings.webhookMake') }).click();
    const secret = page.getByLabelText(text('settings.webhookSecret'));
    await expect.element(secret).toHaveValue(expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/));
    await page.getByRole('button', { name: text('settings.webhookUse') }).click();
    await expect.element(secret).toHaveValue('');
    await expect.element(page.getByText(text('settings.webhookSigned'))).toBeVisible();
    await page.getByRole('button', { name: text('settings.webhookTest') }).click();
    await expect.element(page.getByText(text('settings.webhookArrived'))).toBeVisible();
  });

  it('delete what was counted only after asking once more', async () => {
    const { desk } = await settings('settings.sections.privacy', { offers: ['deleteStatistics'] });
    const names = (): string[] => desk.map(({ name }) => name);
    await page.getByRole('button', { name: text('settings.deleteAll') }).click();
    await page.getByRole('button', { name: text('cancel') }).click();
    expect(names()).not.toContain('deleteStatistics');
    await page.getByRole('button', { name: text('settings.deleteAll') }).click();
    await page
      .getByRole('dialog', { name: text('settings.deleteAllTitle') })
      .getByRole('button', { name: text('settings.deleteAll') })
      .click();
    await expect.element(page.getByText(text('settings.deleted', { count: 0 }))).toBeVisible();
    expect(names()).toContain('deleteStatistics');
    // Faces are not asked to be deleted where none are ever kept.
    expect(names()).not.toContain('deleteAllFaces');
  });

  it('show the models, let one judge at a press, and go back', async () => {
    const { desk } = await settings('menu.models');
    const models = page.getByRole('dialog').getByRole('listitem');
    await expect.element(models.first()).toHaveTextContent(text('models.current'));
    await page.getByRole('button', { name: `${text('models.promote')}: student` }).click();
    await expect.element(models.nth(1)).toHaveTextContent(text('models.current'));
    await page.getByRole('button', { name: text('models.rollBackTo', { name: 'student-2' }) }).click();
    await expect.element(models.first()).toHaveTextContent(text('models.current'));
    const names = desk.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['promoteModel', 'rollBackModel']));
  });

  it('show the job that runs, and begin and stop jobs by the calls of the menu', async () => {
    const { desk, container } = await show({ desk: { menu: STORIES['working']!.cast!().desk!.menu! } });
    await page.getByRole('button', { name: text('settings.open'), exact: true }).click();
    await page.getByRole('dialog').getByText(text('menu.jobs'), { exact: true }).click();
    await eventually(() => expect(container.querySelector('dialog progress')).toHaveProperty('value', 0.42));
    const inSettings = page.getByRole('dialog');
    await expect.element(inSettings.getByText(/42 %, 12 minutes left/)).toBeVisible();
    await expect.element(inSettings.getByRole('button', { name: text('menu.retrain') })).toBeDisabled();
    for (const name of ['menu.distil', 'menu.job-pause', 'settings.openJobs'] as const)
      await inSettings.getByRole('button', { name: text(name) }).click();
    const chosen = desk.filter(({ name }) => name === 'chooseMenu').map(({ args }) => args[0]);
    expect(chosen).toEqual(['distil', 'job-pause', 'jobs']);
  });

  it('say thresholds by what they do, and show how large the faces are that they judge', async () => {
    const { patches } = await settings('settings.sections.judging', { people: somebody });
    await expect
      .element(page.getByRole('group', { name: text('settings.preview') }))
      .toHaveTextContent(
        text('settings.pixels', { count: Math.round(Math.min(...faceBox(somebody()[0]!).slice(2))) }),
      );
    const slider = page.getByRole('slider', { name: text('settings.detectorThreshold') });
    await expect.element(slider).toHaveAttribute('aria-valuetext', text('settings.strictnessWords.balanced'));
    (slider.element() as HTMLElement).focus();
    await userEvent.keyboard('{Home}');
    await expect.element(slider).toHaveAttribute('aria-valuetext', text('settings.strictnessWords.lenient'));
    await eventually(() => expect(patches()).toEqual([{ detectorThreshold: 0.05 }]));
  });

  it('let the live window fill the screen or stand above others, where the host can', async () => {
    const { patches, status } = await settings('settings.sections.system');
    const choice = page.getByRole('combobox', { name: text('settings.windowMode') });
    expect(choice.element()).toHaveProperty('length', 2);
    status({ window: { modes: WINDOW_MODES, frameless: true } });
    await choice.selectOptions(text('settings.windowModes.above'));
    await eventually(() => expect(patches()).toEqual([{ windowMode: 'above' }]));
    status({ window: { modes: [], frameless: false } });
    await expect.element(choice).not.toBeInTheDocument();
  });

  it('show nothing of what is not there', async () => {
    const { container } = await settings('settings.sections.privacy', { offers: ['deleteStatistics'] });
    expect(container.textContent).not.toContain(text('settings.sections.access'));
    await expect.element(page.getByText(text('settings.review'))).not.toBeInTheDocument();
    await expect.element(page.getByRole('button', { name: text('menu.open') })).not.toBeInTheDocument();
  });
});

describe('the banner', () => {
  it('speaks the visitors’ languages in turn, each in its own direction', async () => {
    const { container } = await show({
      people: somebody,
      settings: { languages: { pages: 'en', visitors: ['en', 'ar'] } },
    });
    const words = (): HTMLElement | null => container.querySelector('[data-says] .words');
    await eventually(() => expect(words()?.textContent).toBe('Please put on a mask'));
    await eventually(() => expect(words()?.lang).toBe('ar'));
    expect(words()?.dir).toBe('rtl');
  });
});

describe('the window', () => {
  const frameless = { window: { modes: WINDOW_MODES, frameless: true } };
  /** By what it asks: what filling the screen is called depends on whether the window does so already. */
  const press = async (container: Element, order: WindowOrder): Promise<void> => {
    await eventually(() => expect(container.querySelector(`[data-order=${order}]`)).not.toBeNull());
    container.querySelector<HTMLElement>(`[data-order=${order}]`)!.click();
  };
  const region = (element: Element | null): string =>
    element ? getComputedStyle(element).getPropertyValue('-webkit-app-region') : '';

  it('without a frame is minimised, filled and closed by the page, and moved by its bar', async () => {
    const { calls, container } = await show({ status: frameless });
    for (const order of WINDOW_ORDERS) await press(container, order);
    const names = [...container.querySelectorAll('.controls button')].map((one) => one.ariaLabel);
    expect(names[0]).toBe(text('menu.compact'));
    expect([names[1], names[3]]).toEqual([text('window.minimise'), text('window.close')]);
    const orders = calls.filter(({ name }) => name === 'orderWindow').map(({ value }) => value);
    expect(orders).toEqual(WINDOW_ORDERS);
    expect(region(container.querySelector('header'))).toBe('drag');
    for (const button of container.querySelectorAll('header button')) expect(region(button)).toBe('no-drag');
  });

  it('without a frame is moved and closed in the first run, and small in a corner, too', async () => {
    const { calls, container } = await show({ status: frameless, settings: { firstRunDone: false } });
    await press(container, 'close');
    expect(calls.at(-1)).toEqual({ name: 'orderWindow', value: 'close' });
    expect(region(container.querySelector('.bar'))).toBe('drag');
  });

  it('small in a corner keeps what closes it, the menu and a bar to move it by', async () => {
    await page.viewport(420, 320);
    const { container } = await show({ status: frameless });
    await expect.element(page.getByRole('button', { name: text('window.close') })).toBeVisible();
    await expect.element(page.getByRole('button', { name: text('menu.open') })).toBeVisible();
    await expect.element(page.getByRole('button', { name: text('window.minimise') })).not.toBeInTheDocument();
    expect(container.querySelector('header')!.getBoundingClientRect().width).toBe(420);
  });

  it('of a browser goes into the corner for a press in it, is small where the browser has no corner, and says so', async () => {
    const sized = vi.spyOn(window, 'resizeTo').mockReturnValue();
    vi.spyOn(window, 'moveTo').mockReturnValue();
    const { tell } = await show();
    const asked = vi.fn(() => Promise.reject(new DOMException('', 'NotAllowedError')));
    vi.stubGlobal('documentPictureInPicture', { requestWindow: asked });
    tell({ type: 'compact' });
    await expect.element(page.getByText(text('corner.refused'))).toBeVisible();
    expect(asked).toHaveBeenCalledWith(SMALL);
    expect(sized).not.toHaveBeenCalled();
    vi.stubGlobal('documentPictureInPicture', undefined);
    tell({ type: 'compact' });
    await expect.element(page.getByText(text('corner.absent'))).toBeVisible();
    expect(sized).toHaveBeenCalledWith(SMALL.width, SMALL.height);
    vi.unstubAllGlobals();
  });

  it('that fills a screen at a door offers none of it', async () => {
    const { container } = await show({ status: frameless, settings: { windowMode: 'kiosk' } });
    expect(container.querySelector('.controls')).toBeNull();
  });

  it('of a browser fills the screen at a press, and leaves the rest to its frame', async () => {
    const asked = vi.spyOn(document.documentElement, 'requestFullscreen').mockResolvedValue();
    const { container, calls } = await show();
    await press(container, 'fill');
    expect(asked).toHaveBeenCalled();
    const [corner, ...others] = container.querySelectorAll('.controls button');
    expect(corner?.ariaLabel).toBe(text('menu.compact'));
    expect(others).toHaveLength(1);
    expect(calls.some(({ name }) => name === 'orderWindow')).toBe(false);
  });
});

describe('the first run', () => {
  const at = (container: HTMLElement): string | undefined =>
    container.querySelector<HTMLElement>('[data-step]')?.dataset['step'];

  it('is done by pressing, standing and pressing, and never comes again', async () => {
    let people: Person[] = [];
    const { container, patches } = await show({ settings: { firstRunDone: false }, people: () => people });
    expect(at(container)).toBe('camera');
    await page.getByRole('button', { name: text('first.next') }).click();
    await eventually(() => expect(at(container)).toBe('stand'));
    // Somebody far away or at the edge does not stand in the frame.
    people = [{ id: 1, x: 100, y: 300, size: 200, wears: 'unsure' }];
    await expect.element(page.getByText(text('first.stand.words'))).toBeVisible();
    people = somebody();
    await eventually(() => expect(at(container)).toBe('done'));
    await page.getByRole('button', { name: text('first.start') }).click();
    await eventually(() => expect(at(container)).toBeUndefined());
    expect(patches()).toEqual([{ firstRunDone: true }]);
  });

  it('does not stand before a file or the demo', async () => {
    const { container } = await show({
      settings: { firstRunDone: false },
      status: { source: { kind: 'demo', name: 'demo' } },
    });
    expect(at(container)).toBeUndefined();
  });
});

describe('the PIN', () => {
  const locked: Cast = { desk: { access: { pinSet: true, locked: true }, pin: '2468' } };

  it('is asked for when main asks for it, and what was wanted is done then', async () => {
    const { session, guarded } = await show(locked);
    guarded(true);
    const change = session.change({ mirror: true });
    await expect.element(page.getByRole('dialog', { name: text('access.enter') })).toBeVisible();
    await userEvent.keyboard('1111{Enter}');
    await expect.element(page.getByText(text('access.wrong'))).toBeVisible();
    await userEvent.keyboard('2468{Enter}');
    await change;
    expect(session.settings?.mirror).toBe(true);
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument();
  });

  it('is given by finger, too; closing the dialog leaves everything as it was', async () => {
    const { session, guarded } = await show(locked);
    guarded(true);
    const change = session.change({ mirror: true });
    for (const digit of ['2', '4', '6', '8'])
      await page.getByRole('button', { name: digit, exact: true }).click();
    await expect.element(page.getByLabelText(text('access.pin'), { exact: true })).toHaveValue('2468');
    await userEvent.keyboard('{Escape}');
    await change;
    expect(session.settings?.mirror).toBe(false);
    expect(session.refused).toBeNull();
  });
});

describe('pausing', () => {
  it('lets go of the camera, says until when and goes on at a press', async () => {
    const { session, desk, status } = await show({ people: somebody });
    await eventually(() => expect(session.sight.faces).toHaveLength(1));
    status({ paused: { until: null } });
    await expect.element(page.getByText(text('paused.byHand'))).toBeVisible();
    expect(session.camera.stream).toBeNull();
    expect(session.sight.faces).toEqual([]);
    await page.getByRole('button', { name: text('paused.resume') }).click();
    expect(desk.at(-1)?.name).toBe('resumeWatching');
    status({ paused: null });
    await eventually(() => expect(session.sight.faces).toHaveLength(1));
  });
});
