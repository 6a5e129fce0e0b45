const PROVIDER_KEYS = ['RUNPOD_API_KEY', 'LAMBDA_LABS_API_KEY', 'VAST_API_KEY', 'FLY_API_TOKEN'];

/** So that no test can spend money by mistake; `test/live`, which means to, doesn't come by here. */
export default function forgetProviderKeys(): void {
  for (const name of PROVIDER_KEYS) {
    delete process.env[name];
  }
}
