/** The tray: an icon that shows how things stand, and the menu that the pages of the browser host have too. */
import { join } from 'node:path';
import { Menu, nativeImage, Tray, type MenuItemConstructorOptions, type NativeImage } from 'electron';
import sharp from 'sharp';
import { MENU_ACTIONS, type Language, type Menu as DeskMenu, type MenuItem } from '../api';
import type { App } from '../app';
import { textIn } from '../languages';
import { menuWords } from '../menu-words';
import { projectRoot } from '../pages';

/** Side of the icon in pixels, for screens of ordinary density. */
const SIDE = 22;
/** The spot in the corner that tells how things stand; none while it simply watches. */
const SPOTS: Record<DeskMenu['icon'], string | null> = {
  watching: null,
  paused: '#8a949c',
  working: '#3b8ff0',
  attention: '#e0363e',
};

/** The ring around the spot shows how far a job is, in so many steps: each is a new image. */
const STEPS = 16;
const RING = 5.5;
const stepsOf = ({ icon, progress }: DeskMenu): number =>
  icon === 'working' && progress !== null ? Math.round(progress * STEPS) : 0;

/** The spot as SVG. @param done steps of the ring */
function spotOf(colour: string, done: number, side: number): Buffer {
  const length = 2 * Math.PI * RING;
  const ring =
    done === 0
      ? ''
      : `<circle cx="16" cy="16" r="${String(RING)}" fill="none" stroke="#7fe07f" stroke-width="2.5" stroke-dasharray="${String((length * done) / STEPS)} ${String(length)}" transform="rotate(-90 16 16)"/>`;
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 22" width="${String(side)}" height="${String(side)}"><circle cx="16" cy="16" r="${String(RING)}" fill="${colour}" stroke="#fff" stroke-width="1.5"/>${ring}</svg>`,
  );
}

async function drawIcon(icon: DeskMenu['icon'], done: number): Promise<NativeImage> {
  const image = nativeImage.createEmpty();
  const spot = SPOTS[icon];
  for (const scale of [1, 2]) {
    const side = SIDE * scale;
    const drawing = sharp(join(projectRoot(), 'assets', 'icons', 'app.svg'), { density: 288 }).resize(
      side,
      side,
    );
    const buffer = await (spot === null ? drawing : drawing.composite([{ input: spotOf(spot, done, side) }]))
      .png()
      .toBuffer();
    image.addRepresentation({ scaleFactor: scale, buffer });
  }
  return image;
}

/** The menu as Electron builds it. */
export function template(
  items: readonly MenuItem[],
  language: Language,
  choose: App['choose'],
): MenuItemConstructorOptions[] {
  return items.map((item) => {
    const action = MENU_ACTIONS.find((name) => name === item.id);
    if (item.id === 'separator') return { type: 'separator' };
    const label = menuWords(language, item);
    if (item.items !== undefined) return { label, submenu: template(item.items, language, choose) };
    if (action === undefined) return { label, enabled: false };
    return {
      label,
      enabled: item.enabled,
      click: () => {
        choose(action);
      },
    };
  });
}

/**
 * Opens the tray, which follows the app until it is closed.
 * @param language of the words, asked anew each time
 * @param onOpen the icon was pressed
 * @returns closes it
 */
export function openTray(app: App, language: () => Language, onOpen: () => void): () => void {
  const tray = new Tray(nativeImage.createEmpty());
  /** What the icon shows: how things stand, and how far the job is. */
  let shown = '';
  const follow = (menu: DeskMenu): void => {
    const words = language();
    const job = menu.items.find(({ id }) => id === 'job');
    const about = job === undefined ? '' : ` – ${menuWords(words, job)}`;
    tray.setToolTip(`${textIn(words, 'app')}${about}`);
    tray.setContextMenu(
      Menu.buildFromTemplate(
        template(menu.items, words, (action) => {
          app.choose(action);
        }),
      ),
    );
    const now = `${menu.icon} ${String(stepsOf(menu))}`;
    if (now === shown) return;
    shown = now;
    drawIcon(menu.icon, stepsOf(menu)).then(
      (image) => {
        if (shown === now && !tray.isDestroyed()) tray.setImage(image);
      },
      (error: unknown) => app.emit('fault', `the tray's icon cannot be drawn: ${(error as Error).message}`),
    );
  };
  tray.on('click', onOpen);
  app.on('menu', follow);
  follow(app.menu);
  return () => {
    app.off('menu', follow);
    tray.destroy();
  };
}
