import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findOnPath, isExecutableFile } from './command';
import { launchWithStarter } from './endWithStarter';
import type { Installer, Tools } from './kinds';
import { freePorts } from './ports';

const SERVER_VERSION = '1.38.0';
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const LIMIT_MS = 10 * 60_000;
const CLASS_ARCHIVE = 'classes.jsa';
const JAVA_OPTIONS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
const MAIN = ['-cp', 'jars/*', 'io.temporal.testserver.TestServer'];

/** Fetches the Java build of the time-skipping server, which runs on every platform with Java. */
export const mavenInstall: Installer = {
  way: 'maven',
  origin: `maven-${SERVER_VERSION}`,
  title: `Maven's io.temporal:temporal-test-server:${SERVER_VERSION}`,
  step: "Fetching Temporal's time-skipping server with Maven (about 10 seconds, once)",

  async missing({ environment }) {
    if (process.platform === 'win32') {
      return "its launcher is a shell script, which Windows can't run";
    }
    if ((await findOnPath('mvn', environment)) === undefined) {
      return 'there is no "mvn" on PATH';
    }
    return (await findJava(environment)) === undefined ? 'there is no "java" on PATH or in JAVA_HOME' : undefined;
  },

  async build(directory, tools) {
    await writeFile(join(directory, 'pom.xml'), POM);
    await tools.run(
      'mvn',
      ['--batch-mode', '--quiet', COPY_DEPENDENCIES, '-DincludeScope=runtime', '-DoutputDirectory=jars'],
      { directory, environment: tools.environment, limitMs: LIMIT_MS },
    );
    await rm(join(directory, 'pom.xml'));

    const java = await realJava(tools);
    await checkStarts(java, directory, tools);
    const archiveOptions = await recordClasses(java, directory, tools);
    const executable = 'temporal-test-server';
    await launchWithStarter(join(directory, executable), [java, ...JAVA_OPTIONS, ...archiveOptions, ...MAIN]);
    return { way: 'maven', executable, version: SERVER_VERSION, needs: [java] };
  },
};

async function findJava(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const home = environment.JAVA_HOME;
  if (home && (await isExecutableFile(join(home, 'bin', 'java')))) {
    return join(home, 'bin', 'java');
  }
  return await findOnPath('java', environment);
}

/** The `java` in its own home: on macOS, `/usr/bin/java` exists even if no Java is installed. */
async function realJava(tools: Tools): Promise<string> {
  const java = await findJava(tools.environment);
  if (java === undefined) {
    throw new Error('there is no "java" on PATH or in JAVA_HOME');
  }
  const output = await tools.run(java, ['-XshowSettings:properties', '-version'], {
    environment: tools.environment,
    limitMs: 60_000,
  });
  const home = /^\s*java\.home = (.+)$/m.exec(output)?.[1]?.trim();
  return home === undefined ? java : join(home, 'bin', 'java');
}

/** Without arguments the server prints its usage and ends. A Java that is too old fails here rather than in a test. */
async function checkStarts(java: string, directory: string, { run, environment }: Tools): Promise<void> {
  const output = await run(java, MAIN, { directory, environment, limitMs: 60_000 });
  if (!output.includes('Usage')) {
    throw new Error(`${java} started the server, which answered: ${output.slice(0, 500)}`);
  }
}

/** Archives the server's loaded classes: it then starts in 0.3 s instead of 0.8 s. Needs Java 13; optional. */
async function recordClasses(java: string, directory: string, { run, environment }: Tools): Promise<string[]> {
  try {
    const [port] = await freePorts('127.0.0.1', 1);
    const recording = [...JAVA_OPTIONS, `-XX:ArchiveClassesAtExit=${CLASS_ARCHIVE}`, ...MAIN];
    await run(process.execPath, ['-e', START_AND_STOP, String(port), java, ...recording], {
      directory,
      environment,
      limitMs: 60_000,
    });
    // Java ignores an archive that no longer fits, for instance after an update; the log option silences that.
    return ['-Xlog:disable', '-Xshare:auto', `-XX:SharedArchiveFile=${CLASS_ARCHIVE}`];
  } catch {
    await rm(join(directory, CLASS_ARCHIVE), { force: true });
    return [];
  }
}

const START_AND_STOP = `
const { spawn } = require('node:child_process');
const net = require('node:net');
const [port, java, ...javaArguments] = process.argv.slice(1);
const server = spawn(java, [...javaArguments, port, '--enable-time-skipping'], { stdio: 'ignore' });
process.on('exit', () => server.kill('SIGKILL'));
server.on('exit', (code) => process.exit(code === 143 ? 0 : 1));
setTimeout(() => process.exit(1), 30_000);
const connect = () => {
  const socket = net.connect(Number(port), '127.0.0.1');
  socket.on('error', () => setTimeout(connect, 50));
  socket.on('connect', () => { socket.destroy(); server.kill('SIGTERM'); });
};
connect();
`;

// slf4j-nop: without a logging backend the server prints three warnings at each start.
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>podkeeper</groupId>
  <artifactId>temporal-test-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${SERVER_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-nop</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`;
