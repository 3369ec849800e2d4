// Plots: what is drawn lies in the picture, says its figures, and holds no markup that came with a text.

import { describe, expect, test } from 'vitest';
import { type LinePanel, type Panel, svgPlot } from '../../../../bench/support/svg-plot.ts';

const LINES: LinePanel = {
  kind: 'lines',
  title: 'Time',
  xTitle: 'bundles',
  ticks: [1000, 1e6],
  top: 2,
  unit: 'x',
  series: [
    {
      name: 'CPU',
      points: [
        { x: 1000, y: 1, low: 0.5, high: 1.5 },
        { x: 1e6, y: 2, low: 1, high: 9 },
      ],
    },
  ],
};
const BARS: Panel = {
  kind: 'bars',
  title: 'Cost',
  labels: ['one', 'ten'],
  series: [
    { name: 'ours', values: [8, 1] },
    { name: 'theirs', values: [4, null] },
  ],
  write: (value) => `$${value}`,
};

describe('a plot', () => {
  const svg = svgPlot('Growth & cost', 'Flat.', [LINES, BARS]);

  test('has a title, a description, and colours for light and dark pages', () => {
    expect(svg).toContain('<title>Growth &amp; cost</title>');
    expect(svg).toContain('<desc>Flat.</desc>');
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  test('has a line through the points, and their spread behind it', () => {
    expect(svg).toMatch(/<polyline class="line s0" points="44,147 352,58"/);
    expect(svg).toMatch(/<polygon class="band s0" points="44,191.5 352,147 352,58 44,102.5"/);
  });

  test('draws nothing above its area, even a value that is higher', () => {
    const heights = [...svg.matchAll(/,(-?[\d.]+)/g)].map(([, y]) => Number(y));
    expect(heights.length).toBeGreaterThan(5);
    expect(Math.min(...heights)).toBe(58);
  });

  test('has bars in proportion, each with its figure, and none for what is missing', () => {
    const widths = [...svg.matchAll(/<rect class="bar s\d" x="140" y="[\d.]+" width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );
    expect(widths).toEqual([176, 88, 22]);
    for (const figure of ['$8', '$4', '$1']) expect(svg).toContain(`>${figure}</text>`);
  });

  test('shows what looks like markup as text', () => {
    const hostile = svgPlot('<script>', '"&', [{ ...LINES, title: '</svg><script>alert(1)</script>' }]);
    expect(hostile).not.toContain('<script>');
    expect(hostile.match(/<\/svg>/g)).toHaveLength(1);
  });
});
