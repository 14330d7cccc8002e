/**
 * What the demo shows: shots over the six photographs of @vladmandic/face-api's demo, and who in them wears what.
 * Places are shares of the photo's width and height, from its top left corner.
 */
import type { Worn } from '../masks/drape';

/** A part of the photo, as wide as `width` says, as high as the film's format makes it. */
export interface View {
  centre: readonly [x: number, y: number];
  width: number;
}

/** A mask on the face whose middle is near `at`; faces that are not named stay bare. */
export interface Wearer {
  at: readonly [x: number, y: number];
  worn: Worn;
  /** Name of the drawing in assets/masks. */
  artwork: string;
}

export interface Shot {
  photo: string;
  seconds: number;
  from: View;
  to: View;
  wearers: readonly Wearer[];
}

const view = (x: number, y: number, width: number): View => ({ centre: [x, y], width });
const wearer = (x: number, y: number, worn: Worn, artwork: string): Wearer => ({ at: [x, y], worn, artwork });

/** Seconds of plain grey after each shot: somebody leaves before the next one comes. */
export const GAP_SECONDS = 0.4;

export const STORYBOARD: readonly Shot[] = [
  {
    photo: 'sample6.jpg',
    seconds: 4,
    from: view(0.5, 0.38, 0.92),
    to: view(0.5, 0.36, 0.8),
    wearers: [
      wearer(0.19, 0.42, 'correct', 'surgical-blue'),
      wearer(0.67, 0.3, 'below-nose', 'surgical-blue'),
      wearer(0.82, 0.28, 'correct', 'cloth-black'),
    ],
  },
  {
    photo: 'sample3.jpg',
    seconds: 3.4,
    from: view(0.36, 0.42, 0.5),
    to: view(0.5, 0.38, 0.6),
    wearers: [wearer(0.35, 0.35, 'correct', 'surgical-green'), wearer(0.61, 0.28, 'correct', 'cloth-floral')],
  },
  {
    photo: 'sample5.jpg',
    seconds: 4,
    from: view(0.56, 0.33, 0.76),
    to: view(0.58, 0.32, 0.66),
    wearers: [
      wearer(0.45, 0.17, 'correct', 'surgical-white'),
      wearer(0.37, 0.4, 'below-nose', 'surgical-green'),
      wearer(0.77, 0.38, 'correct', 'surgical-blue'),
    ],
  },
  {
    photo: 'sample1.jpg',
    seconds: 3,
    from: view(0.34, 0.44, 0.5),
    to: view(0.4, 0.44, 0.58),
    wearers: [wearer(0.25, 0.39, 'correct', 'surgical-white')],
  },
  {
    photo: 'sample6.jpg',
    seconds: 3.6,
    from: view(0.28, 0.4, 0.44),
    to: view(0.31, 0.38, 0.52),
    wearers: [
      wearer(0.19, 0.42, 'on-chin', 'surgical-blue'),
      wearer(0.39, 0.32, 'correct', 'surgical-white'),
    ],
  },
  {
    photo: 'sample4.jpg',
    seconds: 4,
    from: view(0.45, 0.26, 0.84),
    to: view(0.45, 0.24, 0.72),
    wearers: [
      wearer(0.38, 0.14, 'correct', 'ffp2-white'),
      wearer(0.55, 0.22, 'below-nose', 'surgical-white'),
    ],
  },
  {
    photo: 'sample3.jpg',
    seconds: 3.4,
    from: view(0.6, 0.38, 0.8),
    to: view(0.62, 0.36, 0.7),
    wearers: [
      wearer(0.35, 0.35, 'below-nose', 'surgical-blue'),
      wearer(0.61, 0.28, 'correct', 'cloth-navy'),
      wearer(0.83, 0.34, 'correct', 'surgical-green'),
    ],
  },
  {
    photo: 'sample5.jpg',
    seconds: 3.2,
    from: view(0.74, 0.34, 0.46),
    to: view(0.7, 0.3, 0.52),
    wearers: [
      wearer(0.77, 0.38, 'below-nose', 'cloth-black'),
      wearer(0.62, 0.23, 'correct', 'surgical-green'),
    ],
  },
  {
    photo: 'sample6.jpg',
    seconds: 3.2,
    from: view(0.73, 0.33, 0.5),
    to: view(0.74, 0.31, 0.42),
    wearers: [wearer(0.82, 0.28, 'correct', 'ffp2-white')],
  },
];
