import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Page } from 'playwright-core';

const USUAL_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The machine's Chromium; `undefined` where there is none. What `CHROMIUM_PATH` names has to be there. */
export function findChromium(): string | undefined {
  const given = process.env['CHROMIUM_PATH'];
  if (given === undefined || given === '') return USUAL_PATHS.find((path) => existsSync(path));
  if (existsSync(given)) return given;
  throw new Error(`CHROMIUM_PATH: there is no ${given}`);
}

/** Opens a page in a browser that knows nobody, and asks nobody but this machine. */
export async function onPage<T>(executablePath: string, use: (page: Page) => Promise<T>): Promise<T> {
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1_280, height: 720 }, timezoneId: 'UTC' });
    await page.route(
      (url) => url.hostname !== '127.0.0.1',
      (route) => route.abort(),
    );
    return await use(page);
  } finally {
    await browser.close();
  }
}

/** All that can be read on a page, its frames included. */
export async function textOf(page: Page): Promise<string> {
  const texts = await Promise.all(page.frames().map((frame) => frame.innerText('body').catch(() => '')));
  return texts.join('\n');
}
