/** A job in words of the page's language. */
import type { CurvePoint, Job, JobProgress } from '../../../src-main/api';
import { numberText, percentText, text } from '../../texts.svelte';

/** What it is called: the model's name where it makes one, else its kind. */
export function titleOf({ spec }: Job): string {
  const kind = text(`jobs.kind.${spec.kind}`);
  return 'name' in spec && spec.name !== undefined ? `${kind}: ${spec.name}` : kind;
}

/** Seconds as a person says them. */
export function durationText(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return seconds < 90
    ? text('jobs.seconds', { seconds: Math.ceil(seconds) })
    : minutes < 120
      ? text('jobs.minutes', { minutes })
      : text('jobs.hours', { hours: Math.round(minutes / 60) });
}

/** How far it is, in parts that stand side by side. @param last what the last whole epoch came to on faces held back */
export function progressTexts(progress: JobProgress, last?: CurvePoint): string[] {
  const { phase, epoch, epochs, loss, imagesPerSecond, secondsLeft, share, pace } = progress;
  return [
    text(`jobs.phase.${phase}`),
    ...(epoch === undefined ? [] : [text('jobs.epoch', { epoch, epochs: epochs ?? epoch })]),
    ...(loss === undefined
      ? []
      : [text('jobs.loss', { loss: numberText(loss, { maximumFractionDigits: 3 }) })]),
    ...(last === undefined
      ? []
      : [
          text('jobs.validation', {
            loss: numberText(last.validationLoss, { maximumFractionDigits: 3 }),
            share: percentText(last.balancedAccuracy, 1),
          }),
        ]),
    ...(imagesPerSecond === undefined ? [] : [text('jobs.speed', { images: Math.round(imagesPerSecond) })]),
    ...(pace === undefined ? [] : [text('jobs.givesWay', { share: percentText(pace) })]),
    ...(share === null ? [] : [percentText(share)]),
    ...(secondsLeft === null ? [] : [text('jobs.left', { time: durationText(secondsLeft) })]),
  ];
}
