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

async function drawIcon(icon: DeskMenu['icon']): Promise<NativeImage> {
  const image = nativeImage.createEmpty();
  const spot = SPOTS[icon];
  for (const scale of [1, 2]) {
    const side = SIDE * scale;
    const drawing = sharp(join(projectRoot(), 'assets', 'icons', 'app.svg'), { density: 288 }).resize(
      side,
      side,
    );
    const mark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 22" width="${String(side)}" height="${String(side)}"><circle cx="16" cy="16" r="5.5" fill="${spot ?? ''}" stroke="#fff" stroke-width="1.5"/></svg>`;
    const buffer = await (spot === null ? drawing : drawing.composite([{ input: Buffer.from(mark) }]))
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
  let icon: DeskMenu['icon'] | null = null;
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
    if (menu.icon === icon) return;
    icon = menu.icon;
    drawIcon(icon).then(
      (image) => {
        if (icon === menu.icon && !tray.isDestroyed()) tray.setImage(image);
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
