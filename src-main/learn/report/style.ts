/** The report page's style sheet: light and dark by the reader's own choice, and printable. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c1f23; --dim: #565d66; --paper: #ffffff; --raised: #f4f5f7; --edge: #d5d9de;
  --a: #1659b5; --b: #b04a00; --c: #2f6f3a; --d: #8a2f86; --tint: 22 89 181; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --dim: #a9b0b9; --paper: #15181c; --raised: #1f2429;
  --edge: #3a4149; --a: #7db3ff; --b: #ffad66; --c: #7fd18d; --d: #e59be0; --tint: 125 179 255; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 80rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.2; margin: 2rem 0 .5rem; overflow-wrap: anywhere; } h1 { margin-top: 0; }
h2 { border-top: 1px solid var(--edge); padding-top: 1.5rem; } h3 { font-size: 1.05rem; }
p { max-width: 70ch; overflow-wrap: anywhere; } .dim { color: var(--dim); } a { color: var(--a); }
code { font-size: .9em; overflow-wrap: anywhere; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; list-style: none; }
.wide { overflow-x: auto; margin: .5rem 0 1rem; } :focus-visible { outline: 2px solid var(--a); outline-offset: 2px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--edge); text-align: right; white-space: nowrap; }
th:first-child { text-align: left; position: sticky; left: 0; background: var(--paper); } thead th { color: var(--dim); font-weight: 600; vertical-align: bottom; white-space: normal; }
tbody th { font-weight: 600; white-space: normal; overflow-wrap: anywhere; min-width: 9rem; } .heat { display: block; margin: -.3rem -.6rem; padding: .3rem .6rem; background: rgb(var(--tint) / calc(var(--share) * .4)); }
h4 { margin: 1rem 0 .25rem; font-size: .95rem; }
.row { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1rem; }
figure { margin: 0; padding: .75rem; background: var(--raised); border-radius: .5rem; min-width: 0; max-width: 44rem; }
figcaption { font-weight: 600; margin-bottom: .25rem; }
figure > svg { width: 100%; height: auto; display: block; } svg text { font-size: 11px; fill: var(--dim); }
.grid { stroke: var(--edge); } polyline { fill: none; } polyline, .swatch line { stroke-width: 2; }
.line0 { stroke: var(--a); } .line1 { stroke: var(--b); stroke-dasharray: 6 3; }
.line2 { stroke: var(--c); stroke-dasharray: 2 2; } .line3 { stroke: var(--d); stroke-dasharray: 8 3 2 3; }
.dot0 { fill: var(--a); } .dot1 { fill: var(--b); } .dot2 { fill: var(--c); } .dot3 { fill: var(--d); }
.bar { fill: var(--a); } .ideal { stroke: var(--ink); stroke-dasharray: 4 3; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .85rem; color: var(--dim); }
.legend span { display: inline-flex; align-items: center; gap: .35rem; } .swatch { width: 24px; height: 8px; }
details { margin: .5rem 0; } summary { cursor: pointer; }
.faces { display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); gap: .75rem; padding: 0; list-style: none; }
.faces img { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: .35rem; display: block; }
.faces li { font-size: .85rem; min-width: 0; overflow-wrap: anywhere; }
@media (max-width: 30rem) { body { padding: 1rem; } svg text { font-size: 13px; } th:first-child { max-width: 9rem; } }
@media print { body { max-width: none; } figure { break-inside: avoid; } .wide { overflow: visible; } }
`;
