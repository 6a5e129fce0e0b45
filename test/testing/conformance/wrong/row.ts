import type { CheckId } from '../../../../src/testing/conformance/checks';
import type { ConformanceOptions } from '../../../../src/testing/conformance';
import type { TinyProvider } from '../tinyProvider';

/** A provider with one planted bug, and the check that must find it. */
export interface WrongProvider {
  check: CheckId;
  /** The bug. */
  does: string;
  make: new (options: { baseUrl: string; apiKey: string }) => TinyProvider;
  /** Further checks that fail as a consequence. */
  also?: readonly CheckId[];
  options?: Partial<ConformanceOptions>;
}
