import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** `config/temporal.yaml`, the settings that docker-compose.temporal.yml gives its server, as the dev server takes them. */
export function temporalSettings(): Record<string, string | number | boolean> {
  const file = join(__dirname, '..', '..', 'config', 'temporal.yaml');
  const settings = parse(readFileSync(file, 'utf8')) as Record<string, { value: unknown; constraints?: unknown }[]>;
  return Object.fromEntries(
    Object.entries(settings).map(([name, values]) => {
      const [{ value, constraints } = { value: undefined }, ...others] = values;
      const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      if (isPlain && constraints === undefined && others.length === 0) return [name, value];
      throw new Error(`${file}: ${name} must have one plain value without constraints: the dev server takes no others`);
    }),
  );
}
