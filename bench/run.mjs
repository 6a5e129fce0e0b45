/** Runs all benchmarks, or the named ones: `npm run bench`, `npm run bench -- overhead`. TypeScript is transpiled on the fly; no build is needed. */
import { createRequire } from 'node:module';
import { cpus } from 'node:os';

const require = createRequire(import.meta.url);
const { transformFileSync } = require('@swc/core');
require.extensions['.ts'] = (module, path) => {
  const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } };
  // oxlint-disable-next-line no-underscore-dangle -- Node's own name for it
  module._compile(transformFileSync(path, options).code, path);
};

const BENCHES = ['overhead', 'observedPods', 'endsAtOnce', 'sweep10000'];
/** The seed of random choices. */
const seed = Number(process.env['PODKEEPER_BENCH_SEED'] ?? 1);
const named = process.argv.slice(2);
const unknown = named.filter((name) => !BENCHES.includes(name));
if (unknown.length > 0) {
  console.error(`${unknown.join(', ')}: not a benchmark; choose from ${BENCHES.join(', ')}`);
  process.exit(2);
}

const [processor] = cpus();
console.log(`Node ${process.version}, ${cpus().length} × ${processor?.model ?? 'unknown processor'}`);
for (const name of named.length > 0 ? named : BENCHES) {
  console.log(`\n${name}`);
  await require(`./${name}.ts`).run(seed);
}
