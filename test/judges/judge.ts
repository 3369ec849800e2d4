// Runs one of the judges that `node scripts/setup.mjs judges` installs, on temporary files.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../.judges/bin');
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface Verdict {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON file that it wrote, parsed; `undefined` if there is none. */
  readonly report: unknown;
}

export interface JudgeOptions {
  readonly timeoutMs?: number;
  /** Name of a JSON file that the judge writes. */
  readonly reportFile?: string;
}

/**
 * The verdict of a judge on files, which are in its working directory. An exit code other than 0 is not an error: judges
 * use it when they find something.
 *
 * @throws Error when the judge is not installed, does not run or takes longer than `timeoutMs`.
 */
export async function judged(
  judge: string,
  args: readonly string[],
  files: Readonly<Record<string, unknown>>,
  { timeoutMs = 120_000, reportFile }: JudgeOptions = {},
): Promise<Verdict> {
  const executable = join(BIN, judge);
  if (!existsSync(executable)) throw new Error(`${judge} is not installed: run \`node scripts/setup.mjs judges\``);
  const folder = mkdtempSync(join(tmpdir(), 'daykey-judge-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    const verdict = await new Promise<Omit<Verdict, 'report'>>((resolve, reject) => {
      const options = {
        cwd: folder,
        // The developer's configuration must not change a verdict.
        env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', PYTHONWARNINGS: 'ignore', NO_COLOR: '1' },
        timeout: timeoutMs,
        maxBuffer: MAX_OUTPUT_BYTES,
      };
      execFile(executable, [...args], options, (error, stdout, stderr) => {
        if (error && typeof error.code !== 'number') {
          const why = error.killed ? `took longer than ${timeoutMs} ms` : 'does not run';
          reject(new Error(`${judge} ${why}:\n${stdout.slice(-2000)}${stderr.slice(-2000)}`, { cause: error }));
        } else resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
      });
    });
    const report = reportFile === undefined ? undefined : join(folder, reportFile);
    if (report === undefined || !existsSync(report)) return { ...verdict, report: undefined };
    return { ...verdict, report: JSON.parse(readFileSync(report, 'utf8')) as unknown };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
