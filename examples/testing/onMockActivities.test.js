const { PodkeeperError } = require('podkeeper');
const { createTestPodkeeper } = require('podkeeper/testing');
const { renderJob } = require('./renderService');

// Podkeeper's workflows with mock activities, without a cloud. Activities that aren't mocked make pods that run until they are ended.
const createPod = jest.fn();
let here;
beforeAll(async () => {
  here = await createTestPodkeeper({ activities: { createPod } });
});
afterAll(() => here.close());
beforeEach(async () => {
  await here.reset();
  createPod.mockReset();
});

test('a create without capacity is retried until it succeeds', async () => {
  for (let times = 0; times < 3; times += 1) {
    createPod.mockRejectedValueOnce(new PodkeeperError('no_capacity', 'no l4 is free', { refused: true }));
  }
  createPod.mockImplementation(({ name }) => Promise.resolve({ outcome: 'created', pod: podOf(name), adopted: false }));
  const [report] = await renderJob(here.podkeeper, { id: 'film', frames: 3 }, () => here.skip('1m'));
  expect(report.attempts.map(({ outcome }) => outcome)).toEqual(['refused', 'refused', 'refused', 'held']);
  expect(report.cost.total).toBeCloseTo((3 / 60) * 1.5, 1);
});

test('a refusal that a retry does not resolve ends the job at once', async () => {
  createPod.mockRejectedValue(new PodkeeperError('quota', 'the account may rent no more', { refused: true }));
  const render = jest.fn();
  await expect(renderJob(here.podkeeper, { id: 'film', frames: 3 }, render)).rejects.toMatchObject({ kind: 'quota' });
  expect(createPod).toHaveBeenCalledTimes(1);
  expect(render).not.toHaveBeenCalled();
});

function podOf(name) {
  return {
    id: `pod-${name}`,
    name,
    provider: 'mock',
    status: 'running',
    statusDetail: null,
    endpoints: [],
    gpu: 'l4',
    gpuCount: 1,
    image: null,
    hourlyPrice: 1.5,
    region: null,
    createdAt: null,
    exitCode: null,
  };
}
