// SPDX-License-Identifier: MIT
// Keeps the open page current: fetches status.json each minute, updates ages, and shows everything as unknown as soon
// as the report is stale. freshness.js, which judges the status, precedes it.

const byId = (id) => document.getElementById(id);
const now = byId("now");
const title = byId("title").textContent;
const clock = new Intl.DateTimeFormat(TEXTS.locale, {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  timeZoneName: "short",
});
const dayOfYear = new Intl.DateTimeFormat(TEXTS.locale, { day: "numeric", month: "short", timeZone: "UTC" });
// Milliseconds: the interval of requests, the interval after the first failure, and the shortest interval.
const EACH = 60e3;
const AGAIN = 10e3;
const AT_MOST = 3e3;
// As in markup.py.
const WORD = /[^\s\xad\u2010-\u206f\u2e80-\ud7af\uf900-\uffef-]+/g;

// The last report: at first that of the page itself, null after a failed request.
let text = JSON.stringify({
  platform_status: now.dataset.platform, updated_at: now.dataset.updated, stale_after: now.dataset.stale,
  headline: { code: now.dataset.code, text: byId("words").textContent },
});
// The headline of the page from which #rest and #affected are.
let pageWords = byId("words").textContent;
// The time of the newest report seen, and of the report to which #rest belongs.
let newest = momentOf(now.dataset.updated);
let restOf = newest;
// Milliseconds by which the server's clock is ahead of this device's; whether the two disagree.
let ahead = 0;
let disagree = false;
let shown = "";
let asked = 0;
let failed = 0;
let isAsking = false;
let isDimmed = false;

const time = () => Date.now() + ahead;

// Leaves an unchanged text alone, so that no screen reader announces it again.
function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function localise(within) {
  for (const one of within.querySelectorAll("time[datetime*=T]")) {
    write(one, clock.format(Date.parse(one.dateTime)));
  }
}

function draw(element, looks) {
  element.dataset.status = looks;
  element.querySelector("use")?.setAttribute("href", `#${looks}`);
}

// A state that was good in an old report must not look good when the present state is unknown.
function dim(rest) {
  rest.classList.add("stale");
  for (const one of rest.querySelectorAll("[data-status]")) {
    draw(one, "unknown");
    write(one.querySelector(".word"), TEXTS.unknown);
  }
  // The ends of a chart are no longer so many days ago, and today.
  for (const chart of rest.querySelectorAll(".days")) {
    const ends = chart.parentNode.nextSibling.children;
    write(ends[0], dayOfYear.format(Date.parse(chart.dataset.first)));
    write(ends[ends.length - 1], dayOfYear.format(restOf));
  }
}

function mark(looks) {
  const colour = getComputedStyle(now).backgroundColor;
  const shape = byId(looks).innerHTML;
  const look = `viewBox="0 0 24 24" fill="${colour}" stroke="#fff" stroke-width="2"`;
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" ${look}>${shape}</svg>`;
  document.querySelector("link[rel=icon]").href = `data:image/svg+xml,${encodeURIComponent(picture)}`;
  document.querySelector("meta[name=theme-color]").content = colour;
}

// Puts values in the places of their names.
const filled = (sentence, values) => sentence.replace(/{(\w+)}/g, (_, name) => values[name]);

// Judges the last report. The headline of status.json has another language than a translated page, which shows its own
// headline, or that of the same code.
function judged() {
  const found = statusAt(text, time(), newest);
  if (found.report && TEXTS.headlines) {
    const isOfPage = found.updated === restOf;
    found.words = isOfPage ? pageWords : TEXTS.headlines[found.report.headline?.code] ?? TEXTS.statuses[found.status];
  }
  return found;
}

function show() {
  const found = judged();
  const rest = byId("rest");
  if (shown !== found.looks) {
    shown = found.looks;
    draw(now, shown);
    mark(shown);
  }
  const words = byId("words");
  write(words, found.words);
  const letters = Math.max(...(found.words.match(WORD) ?? []).map((word) => word.length));
  words.parentNode.className = letters > 21 ? "longer" : letters > 12 ? "long" : "";
  byId("affected").hidden = found.stale || found.words !== pageWords;
  write(document.querySelector("title"), `${found.words} · ${title}`);
  const sentence = found.stale ? (found.age ? TEXTS.report : TEXTS.reportOf) : TEXTS.checked;
  const said = [filled(sentence, { age: found.age, moment: clock.format(found.updated) })];
  if (!found.stale && restOf < found.updated) said.push(filled(TEXTS.below, { moment: clock.format(restOf) }));
  if (disagree) said.push(TEXTS.clocks);
  write(byId("when"), said.join(" "));
  if (found.stale && !isDimmed) {
    isDimmed = true;
    dim(rest);
  }
  for (const one of rest.querySelectorAll("[data-since]")) write(one, ago(time() - Date.parse(one.dataset.since)));
  return found;
}

const policyOf = (page) => page.querySelector("meta[http-equiv]")?.content;

async function fetched(address) {
  const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(2e4) });
  if (!answer.ok) throw new Error(answer.status);
  return [answer, await answer.text()];
}

// Replaces the parts that are not in status.json by those of the page as published now. No script in it runs.
async function renew() {
  const page = new DOMParser().parseFromString((await fetched(location.pathname))[1], "text/html");
  const rest = page.getElementById("rest");
  const made = momentOf(page.getElementById("now")?.dataset.updated);
  if (!rest || !(made >= restOf)) return;
  // A page of another version has other styles.
  if (policyOf(page) !== policyOf(document)) return void location.reload();
  const old = byId("rest");
  const focused = old.contains(document.activeElement) && document.activeElement.id;
  for (const one of old.querySelectorAll("details[open][id]")) {
    const same = rest.querySelector(`#${CSS.escape(one.id)}`);
    if (same) same.open = true;
  }
  prepare(rest);
  old.replaceWith(rest);
  byId("affected").replaceWith(page.getElementById("affected"));
  pageWords = page.getElementById("words").textContent;
  if (focused) byId(focused)?.focus({ preventScroll: true });
  restOf = made;
  isDimmed = false;
}

async function ask() {
  isAsking = true;
  asked = Date.now();
  try {
    const [answer, given] = await fetched(now.dataset.report);
    ahead = nowBy(answer) - Date.now();
    disagree = Math.abs(dateOf(answer) - Date.now()) > AHEAD;
    // Ignore an older copy from another cache, unless the newest report is dated in the future.
    if (!(statusAt(given, time()).updated < newest && newest <= time() + AHEAD)) text = given;
    failed = 0;
  } catch {
    text = null;
    failed += 1;
  }
  const found = show();
  newest = found.updated;
  if (!found.stale && (found.updated > restOf || isDimmed)) {
    await renew().catch(() => {});
    show();
  }
  isAsking = false;
}

function tick(event) {
  show();
  const waited = Math.abs(Date.now() - asked);
  if (!isAsking && waited >= (event ? AT_MOST : failed === 1 ? AGAIN : EACH)) ask();
}

function prepare(rest) {
  localise(rest);
  for (const chart of rest.querySelectorAll(".chart svg")) makeSlider(chart);
}

localise(now);
prepare(byId("rest"));
byId("subscribe-link")?.addEventListener("click", () => { byId("subscribe").open = true; });
tick();
setInterval(tick, 1e3);
// The visitor returns from another tab or the history, the device wakes up, or the network changes.
for (const name of ["pageshow", "focus", "online", "offline"]) addEventListener(name, tick);
document.addEventListener("visibilitychange", tick);
