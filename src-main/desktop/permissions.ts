/**
 * What pages may do: use the camera, if they are ours; nothing else, and nothing at all beyond our own files.
 * (Electron's security checklist: 5, handle permission requests; 13 and 14, limit navigation and new windows.)
 */
import type { Session, WebContents } from 'electron';
import { ORIGIN } from './protocol';

/** Whether an address is one of our pages. */
export function isOurs(address: string | undefined): boolean {
  return address === ORIGIN || address?.startsWith(`${ORIGIN}/`) === true;
}

/** Lets only our own pages ask, and only for the picture of a camera; no request leaves the machine. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    const types = 'mediaTypes' in details ? (details.mediaTypes ?? []) : [];
    const isCamera = permission === 'media' && types.length > 0 && types.every((type) => type === 'video');
    answer(isCamera && isOurs(details.requestingUrl) && details.isMainFrame);
  });
  session.setPermissionCheckHandler(
    (_contents, permission, origin, details) =>
      permission === 'media' && details.mediaType !== 'audio' && isOurs(origin),
  );
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((request, answer) => {
    answer({ cancel: !(isOurs(request.url) || /^(blob|data|devtools):/.test(request.url)) });
  });
  // What a page of ours made itself may be saved: counts as a table. Nothing else comes from anywhere.
  session.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${ORIGIN}/`)) event.preventDefault();
  });
}

/** Keeps a window on our pages: it goes nowhere else, opens no other and embeds none. */
export function guardContents(contents: WebContents): void {
  contents.on('will-navigate', (event) => {
    if (!isOurs(event.url)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => {
    if (!isOurs(event.url)) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
