// SPDX-License-Identifier: MIT
// What next/font gets instead of an answer of Google: the tests use no other host.
const css = (family) => `@font-face { font-family: '${family}'; font-style: normal; font-weight: 100 900; src: local('DejaVu Sans'); }`;
module.exports = {
  "https://fonts.googleapis.com/css2?family=Geist:wght@100..900&display=swap": css("Geist"),
  "https://fonts.googleapis.com/css2?family=Geist+Mono:wght@100..900&display=swap": css("Geist Mono"),
};
