// Opens a page as readers do and says what was seen, as JSON on standard output.
//
//   node look.mjs PAGE.html [FOLDER]
//
// The page is opened at 360 and 1280 pixels, light and dark; of each axe's violations, the
// size of the body and the boxes that scroll are told, and FOLDER gets a picture. What is
// printed is looked at, too. Requests that leave the page are counted and refused. The packages are those of NODE_MODULES.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const require = createRequire(pathToFileURL(resolve(process.env.NODE_MODULES, "here.js")));
const puppeteer = require("puppeteer-core");
const axe = require.resolve("axe-core/axe.min.js");
const [file, folder] = process.argv.slice(2);

const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"],
});
const seen = { requests: [], errors: [], looks: [] };
for (const width of [360, 1280]) {
    for (const scheme of ["light", "dark"]) {
        const page = await browser.newPage();
        await page.setBypassCSP(false);
        await page.setRequestInterception(true);
        page.on("request", (request) => {
            const url = request.url();
            const isOurs = url === pathToFileURL(resolve(file)).href || url.startsWith("data:");
            if (!isOurs) seen.requests.push(url);
            if (isOurs) request.continue();
            else request.abort();
        });
        page.on("console", (message) => seen.errors.push(message.text()));
        page.on("pageerror", (error) => seen.errors.push(String(error)));
        await page.setViewport({ width, height: 900, deviceScaleFactor: 1 });
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
        await page.goto(pathToFileURL(resolve(file)).href, { waitUntil: "load" });
        const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        const scrolled = await page.evaluate(() =>
            [...document.querySelectorAll(".box")]
                .filter((box) => box.scrollWidth > box.clientWidth)
                .map((box) => box.getAttribute("aria-label")),
        );
        if (folder) {
            const name = `${folder}/${width}-${scheme}.png`;
            await page.screenshot({ path: name, fullPage: true });
        }
        await page.evaluate(require("node:fs").readFileSync(axe, "utf8"));
        const found = await page.evaluate(async () => {
            document.querySelectorAll("details").forEach((d) => (d.open = true));
            const result = await globalThis.axe.run(document, { resultTypes: ["violations"] });
            return result.violations.map((v) => ({
                id: v.id,
                impact: v.impact,
                nodes: v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} | ${n.failureSummary}`),
                n: v.nodes.length,
            }));
        });
        seen.looks.push({ width, scheme, overflow, scrolled, violations: found });
        if (!seen.content)
            seen.content = await page.evaluate(() => ({
                scripts: document.scripts.length,
                handlers: [...document.querySelectorAll("*")].filter((e) =>
                    [...e.attributes].some((a) => a.name.startsWith("on")),
                ).length,
                text: document.body.textContent,
                images: [...document.images].map((i) => i.naturalWidth),
            }));
        await page.close();
    }
}

// On A4 paper with margins of a centimetre, for a reader who likes it dark.
const paper = await browser.newPage();
await paper.setViewport({ width: 718, height: 1000 });
await paper.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
await paper.emulateMediaType("print");
await paper.goto(pathToFileURL(resolve(file)).href, { waitUntil: "load" });
seen.printed = await paper.evaluate(() => ({
    ground: getComputedStyle(document.body).backgroundColor,
    cut: [...document.querySelectorAll("table, svg, figure")].filter(
        (e) => e.getBoundingClientRect().right > document.documentElement.clientWidth,
    ).length,
}));
if (folder) await paper.screenshot({ path: `${folder}/print.png`, fullPage: true });
await browser.close();
console.log(JSON.stringify(seen));
