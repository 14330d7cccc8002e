// @ts-check
/** The app's icon in the forms that systems ask for, drawn from assets/icons/app.svg. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { root } from './build.mjs';

/** Sides in pixels of Linux' icon theme, Windows' .ico and, by their four letters, macOS' .icns. */
const LINUX = [16, 32, 48, 64, 128, 256, 512];
const WINDOWS = [16, 24, 32, 48, 64, 128, 256];
const MAC = { ic11: 32, ic12: 64, ic07: 128, ic08: 256, ic09: 512, ic10: 1024 };

/** @param {number} side */
const draw = (side) =>
  sharp(join(root, 'assets', 'icons', 'app.svg'), { density: (72 * side) / 64 })
    .resize(side, side)
    .png()
    .toBuffer();

/**
 * Windows' .ico: a directory of PNGs.
 * @param {{ side: number, png: Buffer }[]} images
 */
function ico(images) {
  const header = Buffer.alloc(6 + 16 * images.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(images.length, 4);
  let offset = header.length;
  images.forEach(({ side, png }, i) => {
    const at = 6 + 16 * i;
    header.writeUInt8(side % 256, at); // 0 stands for 256.
    header.writeUInt8(side % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(png.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += png.length;
  });
  return Buffer.concat([header, ...images.map(({ png }) => png)]);
}

/**
 * A chunk of macOS' .icns, and the file itself: four letters, the length with these eight bytes, the content.
 * @param {string} letters
 * @param {Buffer} content
 */
function chunk(letters, content) {
  const header = Buffer.alloc(8);
  header.write(letters, 'ascii');
  header.writeUInt32BE(8 + content.length, 4);
  return Buffer.concat([header, content]);
}

/**
 * Writes icons/NxN.png, icon.ico and icon.icns.
 * @param {string} folder
 */
export async function writeIcons(folder) {
  mkdirSync(join(folder, 'icons'), { recursive: true });
  for (const side of LINUX)
    writeFileSync(join(folder, 'icons', `${String(side)}x${String(side)}.png`), await draw(side));
  const windows = await Promise.all(WINDOWS.map(async (side) => ({ side, png: await draw(side) })));
  writeFileSync(join(folder, 'icon.ico'), ico(windows));
  const mac = await Promise.all(
    Object.entries(MAC).map(async ([name, side]) => chunk(name, await draw(side))),
  );
  writeFileSync(join(folder, 'icon.icns'), chunk('icns', Buffer.concat(mac)));
}
