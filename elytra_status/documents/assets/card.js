// SPDX-License-Identifier: MIT
// <elytra-status src="https://status.example.com/status.json"> shows the status on any site; with component="Websites",
// that of a component. freshness.js, which judges the status, precedes it. STYLE is card.css, and SHAPES holds the
// outline and the sign of each appearance. It never parses a text as HTML, and works under a strict
// Content-Security-Policy.

// Milliseconds: the interval of requests, the interval after a failure, and the timeout.
const EACH = 60e3;
const AGAIN = 1e4;
const LONGEST = 2e4;

// For each status of a component in api/v2/components.json: the appearance, which is also the name of its text.
const STATES = {
  operational: "operational",
  degraded_performance: "degraded",
  major_outage: "outage",
  under_maintenance: "maintenance",
};
const percentages = new Intl.NumberFormat(TEXTS.locale, { style: "percent", maximumFractionDigits: 3 });

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

const make = (name, ...children) => {
  const made = document.createElement(name);
  made.append(...children);
  return made;
};

// Leaves an unchanged text alone, so that no screen reader announces it again.
const write = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

// Returns a report about a component, made from the report of the platform and the list of components; null if the
// list does not have the component.
function reportOf(component, text, list) {
  try {
    const found = JSON.parse(list).components.find((one) => one.name === component);
    const looks = found.description === "Status unknown" ? "unknown" : STATES[found.status];
    const status = looks === "maintenance" ? "degraded" : looks;
    const headline = { code: looks, text: `${component}: ${TEXTS[looks]}` };
    if (!TEXTS[looks]) return null;
    return JSON.stringify({ ...JSON.parse(text), platform_status: status, headline, uptime: null, notices: [] });
  } catch {
    return null;
  }
}

const svg = (name) => document.createElementNS("http://www.w3.org/2000/svg", name);

class ElytraStatus extends HTMLElement {
  static observedAttributes = ["src", "component", "href"];
  #icon = svg("svg");
  #paths = [svg("path"), svg("path")];
  // The text in a bdi has its own direction, independent of the site.
  #words = make("a");
  #live = make("bdi", this.#words);
  #age = make("bdi");
  #notices = make("ul");
  #said = "";
  // The last report: null after a failed request, undefined before the first. Then the time of the newest report.
  #text;
  #updated = NaN;
  // Milliseconds by which the server's clock is ahead of this device's.
  #ahead = 0;
  #asked = 0;
  #question;
  #timer;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.#icon.append(...this.#paths);
    this.#icon.setAttribute("viewBox", "0 0 24 24");
    this.#icon.setAttribute("aria-hidden", "true");
    this.#live.lang = this.#age.lang = TEXTS.lang;
    const headline = make("p", this.#live);
    const age = make("p", this.#age);
    const parts = { icon: this.#icon, headline, link: this.#words, age, notices: this.#notices };
    for (const [name, one] of Object.entries(parts)) one.setAttribute("part", name);
    root.append(make("section", this.#icon, make("div", headline, age), this.#notices));
  }

  connectedCallback() {
    document.addEventListener("visibilitychange", this.#tick);
    this.#timer = setInterval(this.#tick, 5e3);
    this.#tick();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#tick);
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#drop();
  }

  attributeChangedCallback(name, old, src) {
    // Forget the report of another address. Before the element is connected, there is none.
    if (!this.#timer || old === src) return;
    this.#drop();
    this.#text = undefined;
    this.#updated = NaN;
    this.#tick();
  }

  #drop() {
    this.#question?.abort();
    this.#question = null;
    this.#asked = 0;
  }

  // The time of day counts, not the number of calls: the device may have slept.
  #tick = () => {
    const waited = Math.abs(Date.now() - this.#asked);
    if (!document.hidden && waited >= (this.#text === null ? AGAIN : EACH)) this.#ask();
    this.#show();
  };

  async #ask() {
    this.#asked = Date.now();
    this.#question?.abort();
    const question = (this.#question = new AbortController());
    const late = setTimeout(() => question.abort(), LONGEST);
    const src = this.getAttribute("src");
    const component = this.getAttribute("component");
    const read = (address) => fetch(address, {
      cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", signal: question.signal,
    });
    let text = null;
    let ahead = this.#ahead;
    if (src) {
      try {
        const answer = await read(src);
        ahead = nowBy(answer) - Date.now();
        if (answer.ok) text = await answer.text();
        if (text && component) {
          const list = await read(new URL("api/v2/components.json", new URL(src, document.baseURI)));
          text = reportOf(component, text, list.ok ? await list.text() : null);
        }
      } catch {
        // No response, or none that this site may read.
        text = null;
      }
    }
    clearTimeout(late);
    // A newer request was sent, or the element was removed.
    if (question !== this.#question) return;
    const now = Date.now() + (this.#ahead = ahead);
    // Ignore an older copy from another cache, unless the newer report is dated in the future.
    if (!(statusAt(text, now).updated < this.#updated && this.#updated <= now + AHEAD)) this.#text = text;
    this.#show();
  }

  // Returns the target of the headline's link: href, the link inside the element, or the page beside status.json.
  #address() {
    const src = this.getAttribute("src");
    try {
      const given = this.getAttribute("href") ?? this.querySelector("a[href]")?.href;
      const address = new URL(given ?? new URL("index.html", new URL(src, document.baseURI)), document.baseURI);
      return src && /^https?:$/.test(address.protocol) ? address.href : null;
    } catch {
      return null;
    }
  }

  #show() {
    const now = Date.now() + this.#ahead;
    const found = statusAt(this.#text, now, this.#updated);
    this.#updated = found.updated;
    const isAsking = this.#text === undefined;
    this.#icon.setAttribute("class", found.looks);
    const href = this.#address();
    if (href) this.#words.href = href;
    else this.#words.removeAttribute("href");
    this.#paths.forEach((path, place) => path.setAttribute("d", SHAPES[found.looks][place]));
    write(this.#words, isAsking ? TEXTS.checking : found.words);
    const uptime = found.report?.uptime?.last_30d;
    const age = (text) => text.replace("{age}", found.age);
    const told = found.stale ? (found.age ? age(TEXTS.report) : TEXTS.noReport) : age(TEXTS.updated);
    const parts = [told];
    if (Number.isFinite(uptime)) {
      // Parts of a thousandth are cut off: 99.9999 is not 100.
      const percent = percentages.format(Math.floor(uptime * 1e3 + 1e-6) / 1e5);
      parts.push(TEXTS.uptime.replace("{percent}", percent).replaceAll(" ", "\xa0"));
    }
    write(this.#age, isAsking ? "\xa0" : parts.join(TEXTS.comma));
    // Screen readers announce changes, but not the first report.
    if (!isAsking) this.#live.role = "status";
    const notices = found.report?.notices;
    const texts = (Array.isArray(notices) ? notices : [])
      .filter((one) => one && !(momentOf(one.since) > now) && !(momentOf(one.until) <= now))
      .map((one) => one.text)
      .filter((text) => typeof text === "string");
    const said = JSON.stringify(texts);
    if (said === this.#said) return;
    this.#said = said;
    this.#notices.replaceChildren(...texts.map((text) => make("li", make("bdi", text))));
  }
}

if (!customElements.get("elytra-status")) customElements.define("elytra-status", ElytraStatus);
