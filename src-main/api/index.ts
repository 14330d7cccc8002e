/**
 * The contract between main and its pages: what each side may call on the other, the data that crosses and
 * the schemas that everything entering main is checked against. Free of Node, Electron and the DOM, so that
 * both sides can import it. Boxes are [x, y, width, height] in pixels of the picture (see geometry.ts).
 */
export * from './calls';
export * from './desk';
export * from './frames';
export * from './jobs';
export * from './metrics';
export * from './models';
export * from './outputs';
export * from './review';
export * from './review-frames';
export * from './settings';
export * from './stages';
export * from './statistics';
export * from './threshold';
export * from './verdicts';
export * from './watch';
