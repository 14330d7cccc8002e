/** What TypeScript's library leaves out: in Chromium, MediaStreamTrackProcessor is there for pages and takes a track. */
interface MediaStreamTrackProcessorInit {
  track: MediaStreamTrack;
}
