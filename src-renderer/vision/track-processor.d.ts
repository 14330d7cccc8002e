/** What TypeScript's library leaves out: in Chromium, MediaStreamTrackProcessor is there for pages and takes a track. */
interface MediaStreamTrackProcessorInit {
  track: MediaStreamTrack;
}
/** A track whose frames are written by the page. */
declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  constructor(init: { kind: 'video' });
  readonly writable: WritableStream<VideoFrame>;
}
