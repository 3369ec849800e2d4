// What the second judges of AWS's behaviour need: DynamoDB Local a Java with Maven, and LocalStack's KMS a Python 3.13.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const MIN_JAVA = 17;
const PYTHON_VERSION = '3.13';

/** Where each is installed, from which list, and what it needs that is missing here. */
export const SECOND_JUDGES = {
  dynamodb: {
    title: 'DynamoDB Local, a second judge of the DynamoDB adapters',
    folder: '.local/dynamodb-local',
    list: 'test/judges/dynamodb-local.pom.xml',
    missing: () => (hasJava() ? (hasMaven() ? undefined : 'Maven (`mvn`)') : `Java ${MIN_JAVA} or newer (\`java\`)`),
  },
  kms: {
    title: "LocalStack's KMS, a second judge of the KMS adapters",
    folder: '.local/localstack-kms',
    list: 'test/judges/localstack-requirements.txt',
    missing: () =>
      findPython() === undefined
        ? `Python ${PYTHON_VERSION} (\`python${PYTHON_VERSION}\`, or set PYTHON313)`
        : undefined,
  },
};

/** The Python that LocalStack runs on; `undefined` when there is none. */
export function findPython() {
  const command = `python${PYTHON_VERSION}`;
  const pyenv = join(process.env.PYENV_ROOT || join(homedir(), '.pyenv'), 'versions');
  const installed = existsSync(pyenv) ? readdirSync(pyenv).filter((name) => name.startsWith(`${PYTHON_VERSION}.`)) : [];
  const candidates = [
    process.env.PYTHON313,
    command,
    ...installed.map((name) => join(pyenv, name, 'bin', command)),
    'python3',
  ];
  return candidates.find((python) => {
    if (!python) return false;
    const asked = spawnSync(python, ['-c', 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])'], {
      encoding: 'utf8',
    });
    return asked.status === 0 && asked.stdout.trim() === PYTHON_VERSION;
  });
}

function hasJava() {
  const { status, stderr = '' } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  // `openjdk version "17.0.15"`; Java 8 is `1.8`.
  const [, major = '0'] = /version "(\d+)/.exec(stderr ?? '') ?? [];
  return status === 0 && Number(major) >= MIN_JAVA;
}

function hasMaven() {
  return spawnSync('mvn', ['--version'], { stdio: 'ignore' }).status === 0;
}
