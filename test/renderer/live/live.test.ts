/** The whole live page in Chromium, with drawn cameras and a main that answers at once: what its users see and do. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import '../../../src-renderer/theme.css';
import Live from '../../../src-renderer/live/Live.svelte';
import { text } from '../../../src-renderer/texts.svelte';
import type { Verdict } from '../../../src-main/api';
import { DrawnMedia, stageSession, STATUS, type Cast } from './stage-hands';
import type { Person } from './drawn-people';

/** Waits for what the page shows in its own time. */
const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000 });
const person = (id: number, wears: Verdict): Person => ({ id, x: 300 + 200 * id, y: 300, size: 180, wears });

async function show(cast: Cast = {}) {
  const staged = stageSession(cast);
  const screen = await render(Live, { session: staged.session });
  await eventually(() => expect(staged.session.settings).not.toBeNull());
  const says = (): string | undefined => {
    const panels = screen.container.querySelectorAll('[data-says] .words');
    return panels[panels.length - 1]?.textContent;
  };
  const patches = (): unknown[] =>
    staged.calls.filter(({ name }) => name === 'changeSettings').map(({ value }) => value);
  return { ...staged, container: screen.container, says, patches };
}

beforeEach(() => page.viewport(1280, 720));

describe('the banner', () => {
  it.each(['correct', 'incorrect', 'none'] as const)('tells a visitor who is %s', async (wears) => {
    const { says } = await show({ people: () => [person(1, wears)] });
    await eventually(() => expect(says()).toBe(text(`banner.${wears}`)));
  });

  it('says nothing when nobody is there', async () => {
    const { says, session } = await show();
    await eventually(() => expect(session.rates.looksPerSecond).toBeGreaterThan(0));
    expect(says()).toBeUndefined();
  });

  it('is announced politely', async () => {
    await show({ people: () => [person(1, 'none')] });
    const banner = page.getByText(text('banner.none'));
    await expect.element(banner).toBeVisible();
    expect(banner.element().closest('[aria-live]')?.getAttribute('aria-live')).toBe('polite');
  });

  it('lets the most urgent of several win', async () => {
    const { says } = await show({ people: () => [person(1, 'correct'), person(2, 'incorrect')] });
    await eventually(() => expect(says()).toBe(text('banner.incorrect')));
  });
});

describe('the overlay', () => {
  it('lists the faces in view with their verdicts', async () => {
    const { container } = await show({ people: () => [person(1, 'correct'), person(2, 'none')] });
    await eventually(() => {
      const faces = [...container.querySelectorAll<HTMLElement>('[data-track]')];
      expect(faces.map((face) => [face.dataset['track'], face.dataset['verdict']])).toEqual([
        ['1', 'correct'],
        ['2', 'none'],
      ]);
    });
  });

  /** Where something of the overlay is on the page. */
  const place = (container: Element, what: string): DOMRect | undefined =>
    container.querySelector(`.marks ${what}`)?.getBoundingClientRect();
  /** The same to a pixel or so: boxes lie on whole pixels. */
  const expectNear = (a: number, b: number): void => expect(Math.abs(a - b)).toBeLessThan(2);
  const middle = ({ x, y, width, height }: DOMRect): [x: number, y: number] => [
    x + width / 2,
    y + height / 2,
  ];

  it.each([false, true])('draws the box where the face is seen (mirrored: %s)', async (mirror) => {
    const { container } = await show({ settings: { mirror }, people: () => [person(1, 'none')] });
    // The face's centre is at (500, 300) of 1280 × 720; the picture fills the view.
    await eventually(() => expect(place(container, '[data-mark="1"]')).toBeDefined());
    const view = container.querySelector('video')!.getBoundingClientRect();
    const scale = Math.max(view.width / 1280, view.height / 720);
    const across = (500 - 640) * scale * (mirror ? -1 : 1);
    const [x, y] = middle(place(container, '[data-mark="1"]')!);
    expectNear(x, view.x + view.width / 2 + across);
    expectNear(y, view.y + view.height / 2 + (300 - 360) * scale);
    expectNear(place(container, '[data-mark="1"] rect')!.height, 180 * scale);
  });

  it('tells each verdict by line, sign and words, not by colour alone', async () => {
    const all: Verdict[] = ['correct', 'incorrect', 'none', 'unsure'];
    const { container } = await show({ people: () => all.map((wears, id) => person(id, wears)) });
    await eventually(() => expect(container.querySelectorAll('.marks .label')).toHaveLength(4));
    const lines = [...container.querySelectorAll('.marks .box rect:last-child')].map((rect) => {
      const { strokeDasharray, strokeWidth } = getComputedStyle(rect);
      return `${strokeDasharray} ${strokeWidth}`;
    });
    expect(new Set(lines).size).toBe(4);
    const labels = [...container.querySelectorAll('.marks .label')];
    expect(new Set(labels.map((label) => label.querySelector('path')?.getAttribute('d'))).size).toBe(4);
    const words = (['correct', 'incorrect', 'none'] as const).map((verdict) => text(`label.${verdict}`));
    expect(labels.map((label) => label.textContent.trim())).toEqual([...words, '']);
    for (const words of container.querySelectorAll<HTMLElement>('.marks .words')) {
      const label = words.parentElement!.getBoundingClientRect();
      expect(words.getBoundingClientRect().right).toBeLessThanOrEqual(label.right);
    }
  });

  it('follows a face by moving what is drawn, in layers no larger than the face asks for', async () => {
    let x = 500;
    const { container } = await show({ people: () => [{ ...person(1, 'correct'), x }] });
    await eventually(() => expect(place(container, '[data-mark="1"]')).toBeDefined());
    const [box, label] = [...container.querySelectorAll('.marks .box, .marks .label')];
    const before = box!.getBoundingClientRect();
    x = 700;
    await eventually(() => expect(box!.getBoundingClientRect().x).toBeGreaterThan(before.x + 190));
    // Nothing was made anew, nothing changed its size, and each is a layer that can be moved as it is.
    expect([...container.querySelectorAll('.marks .box, .marks .label')]).toEqual([box, label]);
    expectNear(box!.getBoundingClientRect().width, before.width);
    for (const one of [box!, label!]) {
      expect(getComputedStyle(one).willChange).toContain('transform');
      expect(one.getBoundingClientRect().width).toBeLessThan(250);
      expect(one.getBoundingClientRect().height).toBeLessThan(250);
    }
  });

  it('clears when the face has left', async () => {
    let there = true;
    const { container } = await show({ people: () => (there ? [person(1, 'none')] : []) });
    await eventually(() => expect(place(container, '.box')).toBeDefined());
    there = false;
    await eventually(() => expect(container.querySelector('.marks')?.childElementCount).toBe(0));
  });

  it('clears when the camera has gone, too, though no frame comes any more', async () => {
    const { container, media, session } = await show({ people: () => [person(1, 'none')] });
    await eventually(() => expect(place(container, '.box')).toBeDefined());
    media.devices = [];
    session.camera.track?.dispatchEvent(new Event('ended'));
    await eventually(() => expect(container.querySelector('.marks')?.childElementCount).toBe(0));
  });

  it('tells main how old the drawn verdicts were', async () => {
    const { calls } = await show({ people: () => [person(1, 'correct')] });
    await eventually(() => {
      const told = calls
        .filter(({ name }) => name === 'measured')
        .map(({ value }) => value as { ages: number[] });
      const ages = told.flatMap((one) => one.ages);
      expect(ages.length).toBeGreaterThan(5);
      expect(ages.every((age) => age >= 0 && age < 5000)).toBe(true);
    });
  });
});

describe('the bars', () => {
  it('show counts, camera, model and provider', async () => {
    const { container } = await show({ counts: { correct: 12, incorrect: 3, none: 4 } });
    const count = (kind: string) => container.querySelector(`[data-count=${kind}] .number`)?.textContent;
    await eventually(() =>
      expect([count('correct'), count('incorrect'), count('none')]).toEqual(['12', '3', '4']),
    );
    await expect.element(page.getByText('Door camera')).toBeVisible();
    await expect.element(page.getByText('student')).toBeVisible();
    await expect.element(page.getByText('CPU', { exact: true })).toBeVisible();
  });

  it('tell of the demo, of a file and of a fallback', async () => {
    const { container } = await show({
      status: {
        source: { kind: 'demo', name: 'demo' },
        provider: { ...STATUS.provider, fellBack: true },
      },
    });
    await expect.element(page.getByText(text('source.demo'))).toBeVisible();
    expect(container.querySelector('[data-provider]')?.textContent?.trim()).toBe('CPU (fallback)');
  });
});

describe('when something is missing', () => {
  it('says why there is no picture and tries again at a press', async () => {
    const media = new DrawnMedia();
    media.refusal = new DOMException('in use', 'NotReadableError');
    const { calls } = await show({ media });
    await expect.element(page.getByRole('main').getByText(text('camera.title.busy'))).toBeVisible();
    await eventually(() =>
      expect(calls).toContainEqual({
        name: 'cameraChanged',
        value: expect.objectContaining({ state: 'busy' }),
      }),
    );
    const button = page.getByRole('button', { name: text('camera.tryNow') }).element() as HTMLElement;
    // In one task: the camera's own next try must not come between and take the button away.
    media.refusal = null;
    button.click();
    await expect.element(page.getByRole('main').getByText(text('camera.title.busy'))).not.toBeInTheDocument();
    await eventually(() =>
      expect(calls).toContainEqual({
        name: 'cameraChanged',
        value: expect.objectContaining({ state: 'running' }),
      }),
    );
  });

  it('keeps the picture while main is away, forgets old verdicts and goes on when it is back', async () => {
    const { container, connection, session, says } = await show({ people: () => [person(1, 'none')] });
    await eventually(() => expect(session.sight.faces).toHaveLength(1));
    connection('closed');
    await expect.element(page.getByText(text('reconnecting'))).toBeVisible();
    await eventually(() => expect(says()).toBeUndefined());
    expect(session.sight.faces).toEqual([]);
    expect(container.querySelector('video')?.srcObject).not.toBeNull();
    connection('open');
    await eventually(() => expect(session.sight.faces).toHaveLength(1));
    await expect.element(page.getByText(text('reconnecting'))).not.toBeInTheDocument();
  });
});

describe('the settings', () => {
  const open = () => page.getByRole('button', { name: text('settings.open'), exact: true }).click();

  it('open, close with Escape and give the focus back', async () => {
    await show();
    await open();
    await expect.element(page.getByRole('dialog', { name: text('settings.title') })).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument();
    expect(document.activeElement).toBe(
      page.getByRole('button', { name: text('settings.open'), exact: true }).element(),
    );
  });

  it('offer the cameras there are, follow the list and send the choice', async () => {
    const { media, patches } = await show();
    await open();
    const choice = page.getByRole('combobox', { name: text('settings.camera') });
    media.plug([...media.devices, { deviceId: 'gate', label: 'Gate camera' }]);
    await expect.element(page.getByRole('option', { name: 'Gate camera' })).toBeInTheDocument();
    await choice.selectOptions('Gate camera');
    expect(patches()).toEqual([{ camera: { deviceId: 'gate', label: 'Gate camera' } }]);
    await eventually(() => expect(media.opened.at(-1)).toBe('gate'));
  });

  it('send strictness by keyboard, in words a person hears', async () => {
    const { patches } = await show();
    await open();
    await page.getByText(text('settings.sections.judging')).click();
    const slider = page.getByRole('slider', { name: text('settings.strictness') });
    await expect.element(slider).toHaveAttribute('aria-valuetext', 'balanced');
    (slider.element() as HTMLElement).focus();
    await userEvent.keyboard('{End}');
    await expect.element(slider).toHaveAttribute('aria-valuetext', 'very strict');
    await eventually(() => expect(patches()).toEqual([{ verdictThreshold: 0.99 }]));
  });

  it('say why main did not take a change', async () => {
    const { refuseSettings } = await show();
    refuseSettings('the disk is full');
    await open();
    await page.getByLabelText(text('settings.mirror')).click();
    await expect.element(page.getByRole('alert')).toHaveTextContent('the disk is full');
  });

  it('follow what main says', async () => {
    const { session } = await show();
    await open();
    await session.change({ mirror: true });
    await expect.element(page.getByLabelText(text('settings.mirror'))).toBeChecked();
  });
});

describe('the region', () => {
  async function draw(cast: Cast = {}) {
    const shown = await show(cast);
    await eventually(() => expect(shown.session.camera.state.state).toBe('running'));
    await page.getByRole('button', { name: text('settings.open'), exact: true }).click();
    await page.getByRole('button', { name: text('settings.drawRegion') }).click();
    await eventually(() => expect(shown.container.querySelector('.area')).not.toBeNull());
    return shown;
  }

  it('is drawn by dragging on the picture', async () => {
    const { container, patches } = await draw();
    const area = container.querySelector<HTMLElement>('.area')!;
    const frame = container.querySelector('.picture')!.getBoundingClientRect();
    const point = (type: string, x: number, y: number): void => {
      area.dispatchEvent(
        new PointerEvent(type, {
          pointerId: 1,
          isPrimary: true,
          bubbles: true,
          clientX: frame.left + x * frame.width,
          clientY: frame.top + y * frame.height,
        }),
      );
    };
    area.setPointerCapture = () => undefined;
    point('pointerdown', 0.9, 0.9);
    point('pointermove', 0.6, 0.5);
    point('pointermove', 0.4, 0.2);
    point('pointerup', 0.4, 0.2);
    await page.getByRole('button', { name: text('region.done') }).click();
    await eventually(() => expect(patches()).toHaveLength(1));
    const [{ reach, region }] = patches() as [{ reach: string; region: number[] }];
    expect(reach).toBe('region');
    [0.4, 0.2, 0.5, 0.7].forEach((share, index) => expect(region[index]).toBeCloseTo(share, 2));
  });

  it('is moved and resized with the arrow keys', async () => {
    const { patches } = await draw({ settings: { region: [0.3, 0.3, 0.4, 0.4] } });
    await userEvent.keyboard('{ArrowRight}{ArrowRight}{Shift>}{ArrowUp}{/Shift}');
    (page.getByRole('button', { name: text('region.corners.bottomRight') }).element() as HTMLElement).focus();
    await userEvent.keyboard('{ArrowDown}{Enter}');
    await eventually(() => expect(patches()).toHaveLength(1));
    expect(patches()[0]).toEqual({ reach: 'region', region: [0.32, 0.25, 0.4, 0.41] });
  });

  it('moves the way the eye sees it in a mirrored picture', async () => {
    const { patches } = await draw({ settings: { mirror: true, region: [0.3, 0.3, 0.4, 0.4] } });
    await userEvent.keyboard('{ArrowRight}{Enter}');
    await eventually(() => expect(patches()).toHaveLength(1));
    expect(patches()[0]).toEqual({ reach: 'region', region: [0.29, 0.3, 0.4, 0.4] });
  });

  it('stays as it was after Escape', async () => {
    const { patches } = await draw();
    await userEvent.keyboard('{ArrowRight}{Escape}');
    await expect.element(page.getByRole('dialog', { name: text('settings.title') })).toBeVisible();
    expect(patches()).toEqual([]);
  });
});

afterEach(() => vi.restoreAllMocks());
