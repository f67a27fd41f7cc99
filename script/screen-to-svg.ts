/** How a run of characters looks. */
interface Look {
  readonly colour?: string;
  readonly bold?: boolean;
  readonly dim?: boolean;
}

const colours = ['#3b4252', '#e0606c', '#8fc97a', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d8dee9'];
const background = '#1f2430';
const foreground = '#d8dee9';
const cell = { width: 8.4, height: 18 };
const margin = 14;

/** Draws a screen as tmux captures it (lines with SGR sequences) as an SVG picture that needs no fonts of its own. */
export function screenToSvg(screen: string, columns: number, title: string): string {
  const lines = screen.trimEnd().split('\n');
  const width = Math.ceil(columns * cell.width + 2 * margin);
  const height = lines.length * cell.height + 2 * margin;
  let look: Look = {};
  const texts = lines.map((line, row) => {
    const runs: string[] = [];
    let column = 0;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with one
    for (const [, codes, text] of line.matchAll(/\u001b\[([\d;]*)m|([^\u001b]+)/g)) {
      if (codes !== undefined) look = changeLook(look, codes);
      if (text === undefined) continue;
      for (const word of text.matchAll(/\S+( \S+)*/g)) {
        const before = [...text.slice(0, word.index)].length; // renderers differ in what they do with spaces
        runs.push(drawRun(word[0], { column: column + before, row, look }));
      }
      column += [...text].length;
    }
    return runs.join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${background}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="${foreground}">`,
    ...texts.filter((text) => text !== ''),
    '</g>\n</svg>\n',
  ].join('\n');
}

function drawRun(text: string, at: { readonly column: number; readonly row: number; readonly look: Look }): string {
  const x = (margin + at.column * cell.width).toFixed(1);
  const y = margin + at.row * cell.height + 13;
  const { colour, bold, dim } = at.look;
  const attributes = [
    `x="${x}" y="${y}" textLength="${([...text].length * cell.width).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`,
    ...(colour === undefined ? [] : [`fill="${colour}"`]),
    ...(bold ? ['font-weight="bold"'] : []),
    ...(dim ? ['opacity="0.6"'] : []),
  ];
  return `<text ${attributes.join(' ')}>${escapeXml(text)}</text>`;
}

function changeLook(look: Look, codes: string): Look {
  let changed = look;
  for (const code of codes.split(';')) changed = Number(code) === 0 ? {} : { ...changed, ...meaningOf(Number(code)) };
  return changed;
}

/** What an SGR code says: bold, faint, and the eight colours, plain or bright. */
function meaningOf(code: number): Look {
  if (code === 1) return { bold: true };
  if (code === 2) return { dim: true };
  if (code === 22) return { bold: false, dim: false };
  if (code === 39) return { colour: foreground };
  const colour = code >= 90 ? colours[code - 90] : colours[code - 30];
  return colour === undefined ? {} : { colour };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
