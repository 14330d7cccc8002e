/** What TypeScript's library leaves out; see https://wicg.github.io/document-picture-in-picture/. */
interface DocumentPictureInPicture {
  /** @throws DOMException NotAllowedError where no hand has just pressed something on this page */
  requestWindow(options?: { width?: number; height?: number }): Promise<Window & typeof globalThis>;
}
/** Chromium has it from version 116 on. */
declare const documentPictureInPicture: DocumentPictureInPicture | undefined;
