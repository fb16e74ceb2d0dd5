// Opens pages in Chromium and does what it is told; reads one job as JSON, prints one answer as JSON.
//   {chromium, pages: [{url, width, height, dark, motion, clipboard, javascript, steps: [[what, ...], ...]}]}
// gives for each page {answers: one for each step, requests: every address asked for, problems: what the page complained of}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { resolve } = createRequire(import.meta.url);
const axe = readFileSync(resolve("axe-core/axe.min.js"), "utf8");
const job = JSON.parse(readFileSync(0, "utf8"));

const steps = {
  click: (page, selector) => page.locator(selector).first().click(),
  // Presses what leads to another page: a key by its name, or the first thing that fits.
  submit: async (page, what) => {
    const press = /^\w+$/.test(what) ? page.keyboard.press(what) : page.locator(what).first().click();
    await Promise.all([page.waitForEvent("load"), press]);
    return page.url();
  },
  reload: (page) => page.reload().then(() => null),
  press: (page, key) => page.keyboard.press(key),
  fill: (page, selector, text) => page.locator(selector).fill(text),
  ask: (page, expression) => page.evaluate(expression),
  picture: (page, path, whole = true) => page.screenshot({ path, fullPage: whole, animations: "disabled" }).then(() => path),
  // Draws a Mermaid chart in the page's place; gives its kind, the words in it, which of them run
  // into each other, how many points its line has and in which colour, its size.
  draw: async (page, chart, theme) => {
    if (!(await page.evaluate(() => "mermaid" in globalThis))) {
      await page.addScriptTag({ path: resolve("mermaid/dist/mermaid.min.js") });
    }
    return page.evaluate(async ([chart, theme]) => {
      mermaid.initialize({ startOnLoad: false, theme });
      document.body.innerHTML = (await mermaid.render("chart", chart)).svg;
      const svg = document.querySelector("svg");
      const { width, height } = svg.getBoundingClientRect();
      const texts = [...svg.querySelectorAll("text, foreignObject p")].filter((text) => text.textContent.trim());
      const line = svg.querySelector("[class^=line-plot] path");
      const meet = (one, other) => {
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      };
      return {
        role: svg.getAttribute("aria-roledescription"),
        texts: texts.map((text) => text.textContent.trim()),
        points: line ? line.getAttribute("d").split(/[ML]/).length - 1 : 0,
        size: [width, height],
        overlaps: texts.flatMap((one, at) => texts.slice(at + 1).filter((other) => meet(one, other)).map((other) => `${one.textContent} | ${other.textContent}`)),
        stroke: line && getComputedStyle(line).stroke,
      };
    }, [chart, theme]);
  },
  // By the protocol: the page's own policy, which lets no other script in, stays as it is.
  barriers: async (page) => {
    await page.evaluate(axe);
    const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    return found.violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => node.html.slice(0, 200) + " " + node.failureSummary) }));
  },
};

const browser = await chromium.launch({ executablePath: job.chromium, chromiumSandbox: process.getuid?.() !== 0 });
const told = [];
for (const { url, width = 1280, height = 900, dark = false, motion = true, clipboard = false, javascript = true, steps: asked } of job.pages) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: motion ? "no-preference" : "reduce",
    javaScriptEnabled: javascript,
    permissions: clipboard ? ["clipboard-read", "clipboard-write"] : [],
    bypassCSP: false,
  });
  const page = await context.newPage();
  const requests = [];
  const problems = [];
  page.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(url);
  const answers = [];
  for (const [what, ...how] of asked) answers.push((await steps[what](page, ...how)) ?? null);
  told.push({ answers, requests, problems });
  await context.close();
}
await browser.close();
console.log(JSON.stringify(told));
