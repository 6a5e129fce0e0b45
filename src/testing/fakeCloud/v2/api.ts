import type { Api } from '../world';
import { BILLING_ROUTES } from './billing';
import { CATALOGUE_ROUTES } from './catalogue';
import { v2Failure } from './failures';
import { LOG_ROUTES } from './logs';
import { POD_ROUTES } from './pods';

/** RunPod's REST v2, the current management API. */
export const V2_API: Api = {
  errorForm: 'problem',
  routes: [...POD_ROUTES, ...LOG_ROUTES, ...CATALOGUE_ROUTES, ...BILLING_ROUTES],
  failure: v2Failure,
};
