// Small plots as SVG: lines with spreads, and bars. Each picture fits light and dark pages, and says its figures as text.

/** A value of y at one of x, with the range it lies in. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
}

/** At most three: there are as many colours. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

/** Lines over a logarithmic x. `ticks` are the values of x that are written out. */
export interface LinePanel {
  readonly kind: 'lines';
  readonly title: string;
  readonly xTitle: string;
  readonly ticks: readonly number[];
  /** The highest value of y. */
  readonly top: number;
  readonly unit: string;
  readonly series: readonly Series[];
}

/** For each label a bar for each series. `null`: there is no such figure. */
export interface BarPanel {
  readonly kind: 'bars';
  readonly title: string;
  readonly labels: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  /** How a figure is written. */
  readonly write: (value: number) => string;
}

export type Panel = LinePanel | BarPanel;

const PANEL = { width: 380, height: 280 } as const;
const AREA = { left: 44, right: 28, top: 58, bottom: 44 } as const;
const BAR_LABELS = 140;
const BAR_VALUES = 64;
const GRID_LINES = 4;
/** `1K`, `10K`, `1M`. */
const TICK = new Intl.NumberFormat('en', { notation: 'compact' });

const STYLE = `
    text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
    .title { font-weight: 600; font-size: 13px }
    .quiet { fill: #59636e }
    .grid { stroke: #d1d9e0 }
    .s0 { --c: #0969da } .s1 { --c: #bc4c00 } .s2 { --c: #1a7f37 }
    .line { fill: none; stroke: var(--c); stroke-width: 2 }
    .dot, .bar { fill: var(--c) }
    .band { fill: var(--c); opacity: .15 }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc } .quiet { fill: #9198a1 } .grid { stroke: #3d444d }
      .s0 { --c: #4493f8 } .s1 { --c: #f0883e } .s2 { --c: #3fb950 }
    }`;

/** A picture of panels beside one another. @param description its figures in words, for those who do not see it. */
export function svgPlot(title: string, description: string, panels: readonly Panel[]): string {
  const width = panels.length * PANEL.width;
  const drawn = panels.map((panel, at) => {
    const parts = panel.kind === 'lines' ? lines(panel) : bars(panel);
    const heading = text(0, 16, panel.title, { className: 'title' });
    const content = [heading, legend(panel.series), ...parts].map((part) => `    ${part}\n`).join('');
    return `  <g transform="translate(${at * PANEL.width} 0)">\n${content}  </g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${PANEL.height}" width="${width}" height="${PANEL.height}">
  <title>${escaped(title)}</title>
  <desc>${escaped(description)}</desc>
  <style>${STYLE}
  </style>
${drawn.join('\n')}
</svg>
`;
}

function lines({ xTitle, ticks, top, unit, series }: LinePanel): string[] {
  const [low, high] = [Math.log10(Math.min(...ticks)), Math.log10(Math.max(...ticks))];
  const inner = {
    width: PANEL.width - AREA.left - AREA.right,
    height: PANEL.height - AREA.top - AREA.bottom,
  };
  const x = (value: number) => round(AREA.left + ((Math.log10(value) - low) / (high - low)) * inner.width);
  const y = (value: number) => round(AREA.top + inner.height - (Math.min(value, top) / top) * inner.height);
  const grid = Array.from({ length: GRID_LINES + 1 }, (_, at) => (at / GRID_LINES) * top).flatMap((value) => [
    `<line class="grid" x1="${AREA.left}" x2="${PANEL.width - AREA.right}" y1="${y(value)}" y2="${y(value)}"/>`,
    text(AREA.left - 6, y(value) + 4, `${round(value)}${unit}`, { anchor: 'end', className: 'quiet' }),
  ]);
  const axis = ticks.map((tick) =>
    text(x(tick), PANEL.height - AREA.bottom + 18, TICK.format(tick), { anchor: 'middle', className: 'quiet' }),
  );
  const xLabel = text(AREA.left + inner.width / 2, PANEL.height - 6, xTitle, { anchor: 'middle', className: 'quiet' });
  const drawn = series.flatMap(({ points }, at) => {
    const path = (values: readonly [number, number][]) => values.map(([px, py]) => `${x(px)},${y(py)}`).join(' ');
    const spread = points.filter(({ low: from, high: to }) => from !== undefined && to !== undefined);
    const band = [
      ...spread.map((point): [number, number] => [point.x, point.low ?? point.y]),
      ...spread.toReversed().map((point): [number, number] => [point.x, point.high ?? point.y]),
    ];
    return [
      ...(band.length > 0 ? [`<polygon class="band s${at}" points="${path(band)}"/>`] : []),
      `<polyline class="line s${at}" points="${path(points.map((point) => [point.x, point.y]))}"/>`,
      ...points.map((point) => `<circle class="dot s${at}" cx="${x(point.x)}" cy="${y(point.y)}" r="3"/>`),
    ];
  });
  return [...grid, ...axis, xLabel, ...drawn];
}

function bars({ labels, series, write }: BarPanel): string[] {
  const most = Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const group = (PANEL.height - AREA.top) / labels.length;
  const height = Math.min(18, (group - 10) / series.length);
  const longest = PANEL.width - BAR_LABELS - BAR_VALUES;
  return labels.flatMap((label, row) => {
    const top = AREA.top + row * group;
    const middle = round(top + (series.length * height) / 2 + 4);
    const drawn = series.flatMap(({ values }, at) => {
      const value = values[row] ?? null;
      if (value === null) return [];
      const [y, width] = [round(top + at * height), round(Math.max(1, (value / most) * longest))];
      return [
        `<rect class="bar s${at}" x="${BAR_LABELS}" y="${y}" width="${width}" height="${round(height - 3)}" rx="2"/>`,
        text(BAR_LABELS + width + 6, round(y + height / 2 + 3), write(value), {}),
      ];
    });
    return [text(BAR_LABELS - 8, middle, label, { anchor: 'end', className: 'quiet' }), ...drawn];
  });
}

function legend(series: readonly { readonly name: string }[]): string {
  let x = 0;
  const entries = series.map(({ name }, at) => {
    const entry = `<rect class="bar s${at}" x="${x}" y="28" width="10" height="10" rx="2"/>${text(x + 15, 37, name, {})}`;
    // Wide enough for every letter of the fonts above.
    x += 15 + name.length * 7 + 14;
    return entry;
  });
  return entries.join('');
}

function text(x: number, y: number, words: string, { anchor = 'start', className = '' }): string {
  const attributes = `${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}${className ? ` class="${className}"` : ''}`;
  return `<text x="${x}" y="${y}"${attributes}>${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
