/** Python: a virtual environment in the checkout, the project and what its tests need in it, then pytest or tox. */
import { type Detector, type Project, step } from './project.ts';
import { type Pyproject, readPyproject } from './pyproject.ts';

const python = '.venv/bin/python';
const pip = `${python} -m pip install --disable-pip-version-check`;
const makeVenv = step('python3 -m venv .venv');

/** Where projects list what their tests need; the first that is there. */
const requirementFiles = [
  'requirements-dev.txt',
  'requirements-test.txt',
  'requirements_dev.txt',
  'requirements_test.txt',
  'dev-requirements.txt',
  'test-requirements.txt',
  'tests/requirements.txt',
  'test/requirements.txt',
];

export const detectPython: Detector = async (project) => {
  const file = project.firstFile(
    'pyproject.toml',
    'setup.py',
    'setup.cfg',
    'tox.ini',
    'pytest.ini',
    'requirements.txt',
  );
  if (file === null) return null;
  if (/^\s*\[testenv\]/m.test((await project.read('tox.ini')) ?? '')) return withTox;
  const read = await readPyproject(project);
  if ('outcome' in read) return read;
  const signs = await testSigns(project, read);
  if (file === 'requirements.txt' && signs.length === 0) return null;
  return withPytest(project, { file, pyproject: read, signs });
};

const withTox = {
  outcome: 'detected',
  file: 'tox.ini',
  steps: [makeVenv, step(`${pip} tox`, 'pip install tox'), step(`${python} -m tox -e py`, 'tox -e py')],
  env: {},
  tests: true,
  why: 'tox.ini has a [testenv], so tox runs it with the Python that is on the machine.',
  example: ['python3 -m venv .venv', `${python} -m pip install tox`, `${python} -m tox -e py,lint`],
} as const;

/** What says that there are tests, in the words of the page. */
async function testSigns(project: Project, pyproject: Pyproject): Promise<readonly string[]> {
  const folders = ['tests', 'test'].filter((name) => project.hasFolder(name));
  const setup = (await project.read('setup.cfg')) ?? '';
  const tox = (await project.read('tox.ini')) ?? '';
  return [
    ...folders.map((name) => `the folder ${name}`),
    ...['pytest.ini', 'conftest.py'].filter((name) => project.hasFile(name)),
    ...(pyproject.configuresPytest ? ['[tool.pytest] in pyproject.toml'] : []),
    ...(/^\s*\[tool:pytest\]/m.test(setup) ? ['[tool:pytest] in setup.cfg'] : []),
    ...(/^\s*\[pytest\]/m.test(tox) ? ['[pytest] in tox.ini'] : []),
  ];
}

async function withPytest(
  project: Project,
  found: { readonly file: string; readonly pyproject: Pyproject; readonly signs: readonly string[] },
) {
  const { pyproject, signs } = found;
  const installable = pyproject.installable || project.hasFile('setup.py') || project.hasFile('setup.cfg');
  const requirements = await firstRequirements(project, installable);
  const what = [
    ...(installable ? [`-e '.${pyproject.extra === null ? '' : `[${pyproject.extra}]`}'`] : []),
    ...requirements.map((file) => `-r ${file}`),
    ...(pyproject.group === null ? [] : [`--group ${pyproject.group}`]),
    'pytest',
  ].join(' ');
  // Dependency groups came with pip 25.1.
  const newPip = pyproject.group === null ? '' : `${pip} --upgrade 'pip>=25.1'\n`;
  // Exit status 5: pytest found no test. Where nothing says that there are any, that is no failure.
  const test = `${python} -m pytest`;
  return {
    outcome: 'detected',
    file: found.file,
    steps: [
      makeVenv,
      step(`${newPip}${pip} ${what}`, `pip install ${what}`),
      step(signs.length > 0 ? test : `${test} || [ $? -eq 5 ]`, 'pytest'),
    ],
    env: {},
    tests: signs.length > 0,
    why: [
      `${found.file} is at the root, so this is Python.`,
      installable
        ? `The project${pyproject.extra === null ? '' : ` with its extra "${pyproject.extra}"`} is installed into a virtual environment.`
        : 'It cannot be installed itself, so only its requirements are.',
      signs.length > 0
        ? `Its tests are run with pytest, because of ${signs.join(', ')}.`
        : 'Nothing at the root says where tests are, so a pytest that finds none is no failure.',
    ].join(' '),
    example: [makeVenv.script, `${python} -m pip install ${what}`, `${python} -m pytest -q tests`],
  } as const;
}

async function firstRequirements(project: Project, installable: boolean): Promise<readonly string[]> {
  const own = !installable && project.hasFile('requirements.txt') ? ['requirements.txt'] : [];
  for (const file of requirementFiles) {
    const there = file.includes('/') ? (await project.read(file)) !== null : project.hasFile(file);
    if (there) return [...own, file];
  }
  return own;
}
