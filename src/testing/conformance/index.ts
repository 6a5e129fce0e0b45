export { CONFORMANCE_CHECKS } from './checks';
export type {
  ConformanceAccess,
  ConformanceCheck,
  ConformanceFaults,
  ConformanceGroup,
  ConformanceHttp,
  ConformanceJobs,
  ConformanceOptions,
  ConformanceRunner,
  ConformanceTest,
  FailedRead,
  InspectedPod,
} from './options';
export { providerConformance } from './providerConformance';
