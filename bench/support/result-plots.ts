// The plots of the README, drawn from the tables that the benches wrote into `results.md`: no figure is typed twice.

import { type BarPanel, type Point, type Series, svgPlot } from './svg-plot.ts';

interface ResultTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The pictures of `docs/images`, by file name. @param results the text of `bench/results.md`. */
export function resultPlots(results: string): Record<string, string> {
  return { 'growth.svg': growthPlot(results), 'cost.svg': costPlot(results) };
}

/** How time and memory of a request grow. */
function growthPlot(results: string): string {
  const live = tableIn(results, 'live bundles, a request');
  const fields = tableIn(results, 'fields in a request, time a field');
  const time = seriesOf('CPU time', live, 'time');
  const memory = seriesOf('memory', live, 'memory');
  const field = seriesOf('CPU time a field', fields, 'median');
  const ends = [time, memory].map(({ name, points }) => `${name} ${points.at(-1)?.y ?? 0}x`).join(', ');
  return svgPlot(
    'A request costs the same however many values are stored',
    `At 1,000,000 live bundles a request takes, in times of one at 1,000: ${ends}. A field in a request of 64 takes ${field.points.at(-1)?.y ?? 0}x of one by itself.`,
    [
      {
        kind: 'lines',
        title: 'A request, by live bundles',
        xTitle: 'live bundles',
        ticks: time.points.map(({ x }) => x),
        top: 2,
        unit: 'x',
        series: [time, memory],
      },
      {
        kind: 'lines',
        title: 'A field, by fields in the request',
        xTitle: 'fields in a request',
        ticks: field.points.map(({ x }) => x),
        top: 1.2,
        unit: 'x',
        series: [field],
      },
    ],
  );
}

/** What a million fields cost. */
function costPlot(results: string): string {
  const { header, rows } = tableIn(results, 'a million fields');
  const ours = header.indexOf('all');
  const peer = header.lastIndexOf('all');
  const shown = rows.filter(([first = '']) => first.endsWith(' x 100 B'));
  const valuesAt = (column: number) => shown.map((row) => figure(row[column]));
  const panel: BarPanel = {
    kind: 'bars',
    title: 'A million fields of 100 B, in USD, keys aside',
    labels: shown.map(([first = '']) => `${Number.parseInt(first, 10)} a request`),
    series: [
      { name: 'Daykey', values: valuesAt(ours) },
      { name: 'one item a field, one key', values: valuesAt(peer) },
    ],
    write: (value) => `$${value.toFixed(2)}`,
  };
  const month = monthPanel(results);
  const words = [panel, month].map(
    ({ title, labels, series, write }) =>
      `${title}. ${labels
        .map(
          (label, at) =>
            `${label}: ${series.map(({ name, values }) => `${name} ${write(values[at] ?? 0)}`).join(', ')}`,
        )
        .join('; ')}.`,
  );
  return svgPlot('What a million fields cost, and a month with many apps', words.join(' '), [panel, month]);
}

/** What a thousand apps cost with own keys, with pooled keys, and as items under one key. */
function monthPanel(results: string): BarPanel {
  const { header, rows } = tableIn(results, 'a month, 10 fields a request');
  const sizes = ['1,000,000 fields each', '10,000 fields each'];
  const monthlyCost = (size: string, keys: string, column: string) => {
    const row = rows.find(([first]) => first === `1,000 apps, ${size}, ${keys} keys`);
    return figure(row?.[header.indexOf(column)]);
  };
  return {
    kind: 'bars',
    title: 'A month of 1,000 apps, in USD, keys included',
    labels: sizes,
    series: [
      { name: 'own keys', values: sizes.map((size) => monthlyCost(size, 'own', 'Daykey')) },
      { name: 'one key for all', values: sizes.map((size) => monthlyCost(size, 'own', 'peer')) },
      { name: 'pooled keys', values: sizes.map((size) => monthlyCost(size, 'pooled', 'Daykey')) },
    ],
    write: (value) => `$${Math.round(value).toLocaleString('en')}`,
  };
}

/** @throws Error when there is no table whose first column has this title. */
function tableIn(results: string, title: string): ResultTable {
  const lines = results.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${title} `));
  if (start < 0) throw new Error(`bench/results.md has no table "${title}"`);
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  const [header = [], , ...rows] = lines.slice(start, start + length).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
  return { header, rows };
}

/** The figures of one column over those of the first, with the spread in the column behind it. */
function seriesOf(name: string, { header, rows }: ResultTable, column: string): Series {
  const at = header.indexOf(column);
  if (at < 0) throw new Error(`the table "${header[0]}" of bench/results.md has no column "${column}"`);
  const points = rows.map((row): Point => {
    const [low, high] = (row[at + 1] ?? '').split(' to ').map(figure);
    return { x: figure(row[0]), y: figure(row[at]), ...(low !== undefined && high !== undefined && { low, high }) };
  });
  return { name, points };
}

/** `1,000`, `0.95x`, `$6.76`. */
function figure(cell = ''): number {
  const value = Number(cell.replace(/[,x$]/g, ''));
  if (cell === '' || Number.isNaN(value)) throw new Error(`"${cell}" is not a figure of a bench`);
  return value;
}
