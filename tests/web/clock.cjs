// SPDX-License-Identifier: MIT
// Loaded before a server of JavaScript: moves its clock by the milliseconds that the file of CLOCK_FILE names.
const { readFileSync } = require("node:fs");

const ahead = () => Number(readFileSync(process.env.CLOCK_FILE, "utf8"));
const now = Date.now;
const { timeOrigin } = performance;

Date.now = () => now() + ahead();
// Next reckons with this, by which it knows how long it has kept a page.
Object.defineProperty(performance, "timeOrigin", { get: () => timeOrigin + ahead() });
