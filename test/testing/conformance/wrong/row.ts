import type { CheckId } from '../../../../src/testing/conformance/checks';
import type { ConformanceOptions } from '../../../../src/testing/conformance';
import type { TinyProvider } from '../tinyProvider';

/** A provider with one planted bug, and the check that has to find it. */
export interface WrongProvider {
  check: CheckId;
  /** What it does wrong. */
  does: string;
  make: new (options: { baseUrl: string; apiKey: string }) => TinyProvider;
  /** Checks that can't but fail as well. */
  also?: readonly CheckId[];
  options?: Partial<ConformanceOptions>;
}
