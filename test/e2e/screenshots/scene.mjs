// @ts-check
/**
 * A drawn entrance with drawn visitors who wear this project's mask drawings: the picture in the documentation,
 * which shows no photograph of anybody. Gives SVG; boxes and verdicts of its visitors are in VISITORS.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/**
 * @typedef {object} Visitor
 * @property {number} id
 * @property {number} x the face's middle, in picture pixels
 * @property {number} y
 * @property {number} size its height from hairline to chin
 * @property {'correct' | 'incorrect' | 'none'} wears
 * @property {string | null} mask a drawing of assets/masks
 * @property {string} skin
 * @property {string} hair colour
 * @property {'bob' | 'short' | 'long' | 'scarf'} style
 * @property {string} coat
 * @property {string} collar
 */

/** @type {Visitor[]} the farthest first */
// prettier-ignore
export const VISITORS = [
  { id: 11, x: 822, y: 268, size: 118, wears: 'correct', mask: 'cloth-floral', skin: '#8a5a3d', hair: '#1d1714', style: 'scarf', coat: '#3f6a6a', collar: '#2e5151' },
  { id: 12, x: 448, y: 282, size: 138, wears: 'correct', mask: 'surgical-blue', skin: '#f0c6a5', hair: '#7b4a2c', style: 'bob', coat: '#b0563d', collar: '#8f4330' },
  { id: 13, x: 1040, y: 306, size: 176, wears: 'incorrect', mask: 'surgical-white', skin: '#d9a27a', hair: '#2b2320', style: 'short', coat: '#39506b', collar: '#2c3f55' },
  { id: 14, x: 190, y: 322, size: 190, wears: 'none', mask: null, skin: '#c88c64', hair: '#201a18', style: 'long', coat: '#d9b25a', collar: '#b8923f' },
];

/** @param {string} name @returns {Promise<string>} the drawing without its loops, as a data address */
async function drawing(name) {
  const file = fileURLToPath(new URL(`../../../assets/masks/${name}.svg`, import.meta.url));
  const svg = (await readFile(file, 'utf8')).replace(/<g id="loops"[\s\S]*?<\/g>/, '');
  const png = await sharp(Buffer.from(svg), { density: 72 }).resize(480).png().toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

const HAIR_BEHIND = {
  bob: 'M-45 30C-58-60-22-74 0-74S58-60 45 30C30 44-30 44-45 30Z',
  short: 'M-40 2C-48-52-24-70 0-70S48-52 40 2Z',
  long: 'M-46 96C-66-50-26-76 0-76S66-50 46 96C20 110-20 110-46 96Z',
  scarf: 'M-50 60C-60-58-26-78 0-78S60-58 50 60C34 84-34 84-50 60Z',
};
const HAIR_BEFORE = {
  bob: 'M-40 4C-46-52-20-66 2-66S46-50 40 4C34-18 26-30 10-36-6-26-30-24-40 4Z',
  short: 'M-38-8C-42-50-22-66 2-66S42-50 38-8C36-24 30-34 20-36 4-32-16-34-28-36-34-30-36-22-38-8Z',
  long: 'M-39 10C-46-52-22-66 0-66S46-52 39 10C36-16 22-34 0-40-22-34-36-16-39 10Z',
  scarf: 'M-41 30C-48-46-24-64 0-64S48-46 41 30C44-14 26-44 0-44S-44-14-41 30Z',
};

/** @param {Visitor} visitor @param {string | null} mask */
function person({ x, y, size, wears, skin, hair, style, coat, collar }, mask) {
  const cloth = style === 'scarf' ? '#7c4a78' : hair;
  const [top, height] = wears === 'incorrect' ? [13, 45] : [-5, 60];
  const string = `M-37 ${top + 16}L-40-1M-34 ${top + 36}L-40 9M37 ${top + 16}L40-1M34 ${top + 36}L40 9`;
  return `<g transform="translate(${x} ${y}) scale(${size / 116})">
<path d="${HAIR_BEHIND[style]}" fill="${cloth}"/>
<path d="M-120 640C-124 150-104 92-34 76L0 86 34 76C104 92 124 150 120 640Z" fill="${coat}"/>
<path d="M-120 640C-124 150-104 92-34 76L-20 84C-70 110-84 170-82 640Z" fill="#000" opacity=".12"/>
<path d="M-36 74L0 128 36 74 22 66H-22Z" fill="${collar}"/>
<path d="M-17 36V72C-10 88 10 88 17 72V36Z" fill="${skin}"/><path d="M-17 44C-8 60 8 60 17 44V58C8 70-8 70-17 58Z" fill="#000" opacity=".16"/>
${style === 'scarf' ? '' : `<ellipse cx="-39" cy="4" rx="6" ry="10" fill="${skin}"/><ellipse cx="39" cy="4" rx="6" ry="10" fill="${skin}"/>`}
<path d="M-38-10C-38-48-22-58 0-58S38-48 38-10C38 26 22 52 0 52S-38 26-38-10Z" fill="${skin}"/>
<path d="M14-56C32-50 38-36 38-10 38 26 22 52 0 52 24 40 32 8 26-20 24-34 20-46 14-56Z" fill="#000" opacity=".07"/>
<g fill="#fff"><ellipse cx="-16" cy="-6" rx="7" ry="4.6"/><ellipse cx="16" cy="-6" rx="7" ry="4.6"/></g>
<g fill="#2a1d16"><circle cx="-15.5" cy="-6" r="3.6"/><circle cx="16.5" cy="-6" r="3.6"/><path d="M-24-7Q-16-14-8-7L-8-9Q-16-15-24-9ZM24-7Q16-14 8-7L8-9Q16-15 24-9Z"/></g>
<g stroke="${hair}" stroke-width="3.4" stroke-linecap="round" fill="none"><path d="M-25-18Q-16-23-8-18"/><path d="M25-18Q16-23 8-18"/></g>
<path d="M-1-2Q-7 12-6 15 0 20 6 15" fill="none" stroke="#000" stroke-opacity=".28" stroke-width="2.4" stroke-linecap="round"/>
<path d="M-12 31Q0 25 12 31 0 42-12 31Z" fill="#a8483f"/>
<path d="${HAIR_BEFORE[style]}" fill="${cloth}"/>
${
  mask === null
    ? ''
    : `${style === 'scarf' ? '' : `<path d="${string}" fill="none" stroke="#f2f4f5" stroke-width="1.8"/>`}
<ellipse cx="0" cy="${top + height - 6}" rx="27" ry="8" fill="#000" opacity=".18"/>
<image href="${mask}" x="-41" y="${top}" width="82" height="${height}" preserveAspectRatio="none"/>`
}
</g>`;
}

/** @type {Visitor} somebody who stands where the first run asks for */
// prettier-ignore
export const NEWCOMER = { id: 21, x: 640, y: 290, size: 270, wears: 'correct', mask: 'surgical-blue', skin: '#f0c6a5', hair: '#7b4a2c', style: 'bob', coat: '#b0563d', collar: '#8f4330' };

/** @param {Visitor[]} visitors the farthest first @returns {Promise<string>} 1280×720 */
export async function scene(visitors = VISITORS) {
  const people = [];
  for (const visitor of visitors) {
    people.push(person(visitor, visitor.mask === null ? null : await drawing(visitor.mask)));
  }
  const tiles = Array.from({ length: 9 }, (_, i) => {
    const far = i * 160;
    return `<path d="M${far} 560L${(far - 640) * 2.4 + 640} 720" stroke="#000" stroke-opacity=".08" stroke-width="3"/>`;
  }).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1280 720" width="1280" height="720">
<defs>
<linearGradient id="wall" x2="0" y2="1"><stop stop-color="#d8cfc0"/><stop offset="1" stop-color="#b9ad9a"/></linearGradient>
<linearGradient id="glass" x2="1" y2="1"><stop stop-color="#dcecf2"/><stop offset=".5" stop-color="#bcd6e0"/><stop offset="1" stop-color="#9fc0cd"/></linearGradient>
<linearGradient id="floor" x2="0" y2="1"><stop stop-color="#9a8f80"/><stop offset="1" stop-color="#7d7365"/></linearGradient>
<radialGradient id="lamp" cx=".5" cy="0" r=".7"><stop stop-color="#fff6dc" stop-opacity=".7"/><stop offset="1" stop-color="#fff6dc" stop-opacity="0"/></radialGradient>
</defs>
<rect width="1280" height="720" fill="url(#wall)"/>
<g fill="#000" opacity=".05"><rect y="96" width="1280" height="3"/><rect y="250" width="1280" height="3"/><rect y="404" width="1280" height="3"/></g>
<rect y="560" width="1280" height="160" fill="url(#floor)"/>${tiles}
<rect x="356" y="52" width="568" height="512" rx="6" fill="#3d4548"/>
<rect x="372" y="112" width="262" height="452" fill="url(#glass)"/><rect x="646" y="112" width="262" height="452" fill="url(#glass)"/>
<rect x="372" y="66" width="536" height="36" rx="3" fill="#2c6166"/><text x="640" y="92" font-family="DejaVu Sans, sans-serif" font-size="22" letter-spacing="8" fill="#eef6f6" text-anchor="middle">LIBRARY</text>
<g fill="#fff" opacity=".35"><path d="M392 112H450L372 300V160Z"/><path d="M520 112H560L396 564H372V520Z"/><path d="M700 112H740L646 360V270Z"/><path d="M850 112H908L730 564H676Z"/></g>
<g fill="#3d4548"><rect x="618" y="300" width="8" height="110" rx="4"/><rect x="654" y="300" width="8" height="110" rx="4"/></g>
<g><rect x="1120" y="452" width="92" height="112" rx="8" fill="#8a5f44"/><path d="M1166 456C1090 420 1092 330 1130 290 1140 350 1156 380 1166 456ZM1166 456C1242 420 1240 330 1202 290 1192 350 1176 380 1166 456ZM1166 456C1140 380 1150 300 1166 250 1182 300 1192 380 1166 456Z" fill="#4f7a4d"/></g>
<g><rect x="52" y="150" width="150" height="112" rx="4" fill="#f4efe4" stroke="#6f675a" stroke-width="4"/><path d="M74 184H180M74 206H160M74 228H172" stroke="#8f877a" stroke-width="6" stroke-linecap="round"/></g>
<rect width="1280" height="520" fill="url(#lamp)"/>
${people.join('\n')}
</svg>`;
}
