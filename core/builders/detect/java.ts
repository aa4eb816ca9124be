/** Java and its neighbours: Maven and Gradle. */
import { type Detector, step } from './project.ts';

/**
 * Java takes the home folder from the system's list of users, not from HOME, so the caches are named: builds that run side by
 * side must not share one, and nothing may stay on the machine.
 */
export const detectMaven: Detector = async (project) => {
  if (!project.hasFile('pom.xml')) return null;
  const wrapper = project.hasFile('mvnw');
  const mvn = wrapper ? 'sh ./mvnw' : 'mvn';
  const line = `${mvn} -B -ntp -Dmaven.repo.local="$HOME/.m2/repository" verify`;
  return {
    outcome: 'detected',
    file: 'pom.xml',
    steps: [step(line, `${wrapper ? './mvnw' : 'mvn'} verify`)],
    env: {},
    tests: true,
    why: `pom.xml is at the root, so Maven${wrapper ? ', by its wrapper,' : ''} builds and tests the project.`,
    example: [`${mvn} -B -ntp test`],
  };
};

export const detectGradle: Detector = async (project) => {
  const file = project.firstFile(
    'settings.gradle.kts',
    'settings.gradle',
    'build.gradle.kts',
    'build.gradle',
  );
  if (file === null) return null;
  const wrapper = project.hasFile('gradlew');
  const gradle = wrapper ? 'sh ./gradlew' : 'gradle';
  // A daemon would outlive the build.
  const line = `${gradle} --no-daemon --console=plain --gradle-user-home "$HOME/.gradle" build`;
  return {
    outcome: 'detected',
    file,
    steps: [step(line, `${wrapper ? './gradlew' : 'gradle'} build`)],
    env: {},
    tests: true,
    why: `${file} is at the root, so Gradle${wrapper ? ', by its wrapper,' : ''} builds and tests the project.`,
    example: [`${gradle} --no-daemon check`],
  };
};
