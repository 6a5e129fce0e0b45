import { transformSync } from '@swc/core';

/** How a program is loaded: by `require`, or by `import`. */
export const MODULE_KINDS = ['commonjs', 'module'] as const;
export type ModuleKind = (typeof MODULE_KINDS)[number];

/** Makes JavaScript of TypeScript, for a project whose package.json has this `type`. */
export function transpile(code: string, kind: ModuleKind): string {
  return transformSync(code, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: kind === 'commonjs' ? 'commonjs' : 'es6' },
  }).code;
}

/** As {@link transpile}, for a program that awaits at its top: CommonJS can't, so that there it stands in a function. */
export function transpileProgram(code: string, kind: ModuleKind): string {
  const transpiled = transpile(code, kind);
  return kind === 'commonjs' ? `(async () => {\n${transpiled}\n})();\n` : transpiled;
}

/** The package.json beside such programs. */
export function packageJson(kind: ModuleKind): string {
  return JSON.stringify({ name: `user-of-${kind}`, private: true, type: kind });
}
