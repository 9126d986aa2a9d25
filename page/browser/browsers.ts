/**
 * The browsers that the page is tested in, as Debian has them.
 *
 * @module
 */
import puppeteer, { type Browser, type Page } from "puppeteer-core";

/** By their names, where they lie. */
export const BROWSERS = { chrome: "/usr/bin/chromium", firefox: "/usr/bin/firefox-esr" } as const;
export type BrowserName = keyof typeof BROWSERS;

/** A reader's screen. */
export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly theme: "light" | "dark";
}

export const DESKTOP: Screen = { width: 1280, height: 900, theme: "light" };
export const PHONE: Screen = { width: 390, height: 844, theme: "light" };

const PATIENCE_MS = 120_000;

/** What a page did that it should not. */
export interface Misdeeds {
  /** Addresses other than the page's own. */
  readonly requests: string[];
  /** Errors and warnings. */
  readonly messages: string[];
}

/** Starts a browser, without a window. */
export function launch(name: BrowserName): Promise<Browser> {
  return puppeteer.launch({
    browser: name,
    executablePath: BROWSERS[name],
    headless: true,
    // containers have no sandbox to put it in
    args: name === "chrome" ? ["--no-sandbox"] : [],
  });
}

/** Opens the page from its file and waits until it can read. */
export async function open(
  browser: Browser,
  file: string,
  { width, height, theme }: Screen = DESKTOP,
): Promise<{ readonly page: Page; readonly misdeeds: Misdeeds }> {
  const page = await browser.newPage();
  // a machine that has much else to do is no error
  page.setDefaultTimeout(PATIENCE_MS);
  const misdeeds: Misdeeds = { requests: [], messages: [] };
  const address = `file://${file}`;
  page.on("request", (request) => {
    if (request.url() !== address && !/^(blob|data):/.test(request.url())) {
      misdeeds.requests.push(request.url());
    }
  });
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) misdeeds.messages.push(message.text());
  });
  page.on("pageerror", (error) => misdeeds.messages.push(String(error)));
  await page.setViewport({ width, height, deviceScaleFactor: 1 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]).catch(() => {
    // Firefox takes that from its profile alone
  });
  await page.goto(address);
  await page.waitForFunction(`"ready" in document.documentElement.dataset`);
  return { page, misdeeds };
}

/** The text of an element. */
export const textOf = (page: Page, id: string): Promise<string> =>
  page.$eval(`#${id}`, (element) => element.textContent ?? "");

/** Waits until an element's text fits. */
export async function waitForText(
  page: Page,
  id: string,
  pattern: RegExp,
  timeout = PATIENCE_MS,
): Promise<string> {
  await page.waitForFunction(
    `${pattern}.test(document.getElementById(${JSON.stringify(id)}).textContent)`,
    { timeout },
  );
  return await textOf(page, id);
}
