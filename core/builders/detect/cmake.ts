/** C and C++ with CMake and CTest. */
import { type Detector, step } from './project.ts';

/** A folder that no repository has, since many have one called `build`. */
const folder = '.croft-build';

export const detectCmake: Detector = async (project) => {
  const lists = await project.read('CMakeLists.txt');
  if (lists === null) return null;
  const tests = /\b(enable_testing\s*\(|include\s*\(\s*CTest\b)/i.test(lists);
  const configure = `cmake -S . -B ${folder}`;
  const build = `cmake --build ${folder} --parallel "$(getconf _NPROCESSORS_ONLN)"`;
  const test = `cd ${folder} && ctest --output-on-failure`;
  return {
    outcome: 'detected',
    file: 'CMakeLists.txt',
    steps: [
      step(configure),
      step(build, `cmake --build ${folder}`),
      ...(tests ? [step(test, 'ctest --output-on-failure')] : []),
    ],
    env: {},
    tests,
    why: [
      'CMakeLists.txt is at the root, so CMake builds the project.',
      tests
        ? 'It switches testing on, so CTest runs the tests.'
        : 'It does not switch testing on, so no tests are run.',
    ].join(' '),
    example: [`${configure} -DCMAKE_BUILD_TYPE=Debug`, `cmake --build ${folder}`, test],
  };
};
