/**
 * What the keyboard does in every window: editing, zoom, full screen, minimising, closing. Instead of Electron's own
 * menu, whose keys also open developer tools and load pages anew, which at a door are anybody's. Not seen but on macOS.
 */
import { Menu, type MenuItemConstructorOptions } from 'electron';
import type { WindowOrder } from '../api';

/** What the keys ask of the window that has the focus; told whether it is the live one by who answers. */
export interface KeyOrders {
  window: (order: WindowOrder) => void;
  quit: () => void;
}

/** @param platform as Node names it */
export function setKeys({ window, quit }: KeyOrders, platform = process.platform): void {
  const order = (label: string, accelerator: string, asked: WindowOrder): MenuItemConstructorOptions => ({
    label,
    accelerator,
    click: () => {
      window(asked);
    },
  });
  const items: MenuItemConstructorOptions[] = [
    ...(['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll'] as const).map((role) => ({ role })),
    ...(['zoomIn', 'zoomOut', 'resetZoom'] as const).map((role) => ({ role })),
    // The key beside it, on keyboards where + needs Shift.
    { role: 'zoomIn', accelerator: 'CommandOrControl+=', visible: false },
    order('Full screen', platform === 'darwin' ? 'Control+Command+F' : 'F11', 'fill'),
    order('Minimise', 'CommandOrControl+M', 'minimise'),
    order('Close', 'CommandOrControl+W', 'close'),
    { label: 'Quit', accelerator: 'CommandOrControl+Q', click: quit },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate([{ label: 'maskwatch', submenu: items }]));
}
